/**
 * `by: offset` (C3): files that carry the topic's own offsets in their names, then the log from the next offset on. Both
 * leave as one sequence by (time, offset) with the topic's own `_offset`, also over kills; a hole in the files is named
 * and not proven.
 */

import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Certificate } from '../../../src/core/seam/index.ts'
import { loadJob, plan, type RunOutcome, run, verify } from '../../../src/index.ts'
import { readManifest } from '../../../src/run/manifest.ts'
import {
  killAt,
  makeTempDirectory,
  readJsonFile,
  removeTempDirectory,
  runHindcast,
} from '../../harness/index.ts'
import type { Topic } from './offset-topic.ts'
import { makeTopic, topicFile } from './offset-topic.ts'
import { readIds } from './samples.ts'
import type { WorldEvent } from './world.ts'
import { copyToParquet, HOUR, START } from './world.ts'

const directory = makeTempDirectory()
let topic: Topic

/**
 * The files of even partitions go on longer. Those of odd ones end two minutes behind a slice: at its end live has taken
 * over there, with a tail of history in the reorder buffer, and not yet in the others.
 */
function fileStarts(events: readonly WorldEvent[], partition: number): number[] {
  const shares = [0, 0.2, 0.4].map(share => Math.floor(events.length * share))
  if (partition % 2 === 0) return [...shares, Math.floor(events.length * 0.7)]
  return [...shares, 1 + events.findIndex(event => event.timeMs > START + 12 * HOUR + 120_000)]
}

beforeAll(async () => {
  topic = await makeTopic(directory, { seed: 9, rows: 8000, files: fileStarts })
})
afterAll(() => removeTempDirectory(directory))

async function runJob(name: string): Promise<RunOutcome> {
  return run(await plan(await loadJob(topic.jobFile)), { directory: join(directory, name), lanes: 2 })
}

describe('a seam by offset', () => {
  it('leaves as one sequence by time and offset, with the offsets of the topic', async () => {
    const outcome = await runJob('a')
    expect(outcome).toMatchObject({ rows: 8000, late: 0, seam: { proven: true, by: 'offset', gaps: 0 } })
    const { ids, offsets } = await readIds(join(directory, 'a'))
    for (const [p, events] of topic.events.entries()) {
      const expected = events
        .map((event, offset) => ({ event, offset }))
        .toSorted((a, b) => a.event.timeMs - b.event.timeMs || a.offset - b.offset)
      expect(ids[p]).toEqual(expected.map(({ event }) => event.id))
      expect(offsets[p]).toEqual(expected.map(({ offset }) => offset))
    }
  })

  it('is gone over once by a run that is killed where some partitions are over it and others are not', async () => {
    const args = ['run', topic.jobFile, '--run', join(directory, 'killed'), '--json']
    for (let slices = 0; slices < 2; ) {
      const killed = await runHindcast(args, { env: killAt('manifest-appended', 1) })
      expect(killed.signal, killed.stderr).toBe('SIGKILL')
      slices = readManifest(join(directory, 'killed'))!.slices.length
      expect(slices).toBeLessThan(4)
    }
    const ended = await runHindcast(args)
    expect(ended.code, ended.stderr).toBe(0)
    expect(await verify(join(directory, 'killed'), join(directory, 'a'))).toMatchObject({ equal: true })
    const [again, once] = ['killed', 'a'].map(name =>
      readJsonFile<object>(directory, name, 'certificate.json'),
    )
    expect(again).toEqual(once)
  })

  it('covers rows that are in the files and not in the output: bad ones, and those outside of `from` and `until`', async () => {
    const place = join(directory, 'dropped')
    const files = (events: readonly WorldEvent[]) => [0, Math.floor(events.length / 2)]
    const { events, jobFile } = await makeTopic(place, { seed: 10, rows: 8000, files })
    const lines = events[1]!.slice(0, Math.floor(events[1]!.length / 2)).map((event, offset) => {
      const isBad = offset === 100 || offset === 501
      return { id: event.id, k: event.key, t: isBad ? null : event.timeMs, v: event.value }
    })
    const types = `{id: 'BIGINT', k: 'VARCHAR', t: 'BIGINT', v: 'DOUBLE'}`
    await copyToParquet(place, `history/${topicFile(1, 0, lines.length)}`, lines, types, 256)
    const from = START + HOUR
    const job = readFileSync(jobFile, 'utf8').replace(
      '*.parquet',
      `*.parquet, from: "${new Date(from).toISOString()}"`,
    )
    writeFileSync(jobFile, job)
    const whole = join(place, 'whole')
    const outcome = await run(await plan(await loadJob(jobFile)), { directory: whole, lanes: 2 })
    expect(outcome).toMatchObject({ quarantined: 2, seam: { proven: true, gaps: 0 } })
    const [, second] = readJsonFile<Certificate>(whole, 'certificate.json').partitions
    expect(second!.holes).toContainEqual({ first: 501, last: 501, why: 'set-aside' })
    const args = ['run', jobFile, '--run', join(place, 'killed')]
    for (let kills = 0; kills < 2; kills++)
      expect((await runHindcast(args, { env: killAt('manifest-appended', 1) })).signal).toBe('SIGKILL')
    expect((await runHindcast(args)).code).toBe(0)
    expect(await verify(join(place, 'killed'), whole)).toMatchObject({ equal: true })
    expect(readJsonFile(place, 'killed', 'certificate.json')).toEqual(readJsonFile(whole, 'certificate.json'))
  })

  it('names the offsets that no file has', async () => {
    const [, first, next] = fileStarts(topic.events[1]!, 1) as [number, number, number, number]
    rmSync(join(directory, `history/${topicFile(1, first, next)}.parquet`))
    await expect(runJob('b')).rejects.toMatchObject({ code: 'seam-unproven' })
    const certificate = readJsonFile<{
      proven: boolean
      partitions: { partition: number; gaps: unknown[] }[]
    }>(directory, 'b', 'certificate.json')
    expect(certificate.proven).toBe(false)
    expect(certificate.partitions.find(part => part.partition === 1)!.gaps).toEqual([
      { first, last: next - 1 },
    ])
  })
})
