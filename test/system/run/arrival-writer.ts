/**
 * A program that appends the events of a file to an embedded log, a few at a time, each batch synced before the next.
 *
 *     arrival-writer.ts LOG EVENTS.json ROWS_A_BATCH
 */
import { readFileSync } from 'node:fs'
import { openLogWriter } from '../../../src/live/index.ts'
import type { WorldEvent } from './world.ts'
import { appendEvents } from './world.ts'

const [log = '', file = '', rows = '100'] = process.argv.slice(2)
const events = JSON.parse(readFileSync(file, 'utf8')) as WorldEvent[]
const writer = await openLogWriter(log)
for (let at = 0; at < events.length; at += Number(rows)) {
  await appendEvents(writer, events.slice(at, at + Number(rows)))
}
await writer.close()
