/**
 * A topic as Kafka Connect's sinks leave it in files: named as on HDFS, as on S3, as JSON lines, in folders of time. All
 * are one history: the same digest in order of offset and over the seam. What is missing, doubled or parted otherwise is
 * told by the plan, and the run says the same.
 */

import { cpSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadJob, type Plan, plan, type RunOutcome, run, verify } from '../../../src/index.ts'
import { makeTempDirectory, readJsonFile, removeTempDirectory } from '../../harness/index.ts'
import type { Topic } from './offset-topic.ts'
import { makeTopic } from './offset-topic.ts'
import { readIds } from './samples.ts'
import type { WorldEvent } from './world.ts'
import { copyToParquet, HOUR, PARTITIONS, START } from './world.ts'

const directory = makeTempDirectory()
let topic: Topic
let base: RunOutcome

interface Piece {
  readonly partition: number
  readonly first: number
  readonly events: readonly WorldEvent[]
}

function piecesAt(starts: (events: readonly WorldEvent[]) => readonly number[]): Piece[] {
  return topic.events.flatMap((events, partition) => {
    const cuts = starts(events)
    return cuts
      .slice(0, -1)
      .map((first, i) => ({ partition, first, events: events.slice(first, cuts[i + 1]) }))
  })
}

/** Two thirds of each partition, in three files. */
function thirds(events: readonly WorldEvent[]): number[] {
  return [0, 0.2, 0.5, 0.66].map(share => Math.floor(events.length * share))
}

/** The same two thirds, cut where an event of the next six hours comes for the first time, as a sink's clock would. */
function clockCuts(events: readonly WorldEvent[]): number[] {
  const end = thirds(events).at(-1)!
  const cuts = [6, 12, 18].map(hour => events.findIndex(event => event.timeMs >= START + hour * HOUR))
  return [0, ...cuts.filter(cut => cut > 0 && cut < end), end]
}

function padded(offset: number): string {
  return String(offset).padStart(10, '0')
}

function hdfsName({ partition, first, events }: Piece): string {
  return `events+${partition}+${padded(first)}+${padded(first + events.length - 1)}`
}

function s3Name({ partition, first }: Piece): string {
  return `events+${partition}+${padded(first)}`
}

function rowsOf({ events }: Piece): object[] {
  return events.map(({ id, key, timeMs, value }) => ({ id, k: key, t: timeMs, v: value }))
}

async function writeParquet(path: string, piece: Piece): Promise<void> {
  const columns = `{id: 'BIGINT', k: 'VARCHAR', t: 'BIGINT', v: 'DOUBLE'}`
  await copyToParquet(directory, path, rowsOf(piece), columns, 2048)
}

beforeAll(async () => {
  topic = await makeTopic(directory, { seed: 12, rows: 3000, files: () => [0], aheadOneOf: 500 })
  for (const piece of piecesAt(thirds)) {
    const folder = `topics/events/partition=${piece.partition}`
    await writeParquet(`hdfs/${folder}/${hdfsName(piece)}`, piece)
    copy(`hdfs/${folder}/${hdfsName(piece)}.parquet`, `s3/${folder}/${s3Name(piece)}.snappy.parquet`)
    const json = join(directory, `json/${folder}/${s3Name(piece)}.json`)
    mkdirSync(dirname(json), { recursive: true })
    writeFileSync(
      json,
      `${rowsOf(piece)
        .map(row => JSON.stringify(row))
        .join('\n')}\n`,
    )
  }
  for (const piece of piecesAt(clockCuts)) {
    const hour = String(
      6 * Math.floor((Math.max(...piece.events.map(event => event.timeMs)) - START) / (6 * HOUR)),
    )
    const folder = `events/year=2024/month=01/day=01/hour=${hour.padStart(2, '0')}`
    await writeParquet(`timed/${folder}/${hdfsName(piece)}`, piece)
    copy(`timed/${folder}/${hdfsName(piece)}.parquet`, `timed-s3/${folder}/${s3Name(piece)}.parquet`)
  }
  base = await runOf('base', await planOf('base', 'hdfs'))
})
afterAll(() => removeTempDirectory(directory))

function copy(from: string, to: string): void {
  cpSync(join(directory, from), join(directory, to), { recursive: true })
}

/** The job over the files of a folder; `live: false`: history alone. */
async function planOf(name: string, files: string, { live = true, order = 'offset' } = {}): Promise<Plan> {
  const events = {
    key: ['k'],
    time: { column: 't', unit: 'ms' },
    partitions: PARTITIONS,
    disorder: '5m',
    order,
    columns: { id: 'int64', k: 'utf8', t: 'int64', v: 'float64' },
    history: { files },
    ...(live && { live: { log: 'log', stop: 'caught-up' }, seam: { by: 'offset' } }),
  }
  const output = { directory: 'out', slice: '6h', columns: ['id', 'k', 't', 'v'] }
  const path = join(directory, `${name}.json`)
  writeFileSync(path, JSON.stringify({ name: 'j', streams: { events }, output }))
  return plan(await loadJob(path))
}

async function runOf(name: string, pinned: Plan): Promise<RunOutcome> {
  return run(pinned, { directory: join(directory, 'runs', name), lanes: name === 'base' ? 2 : 1 })
}

function warnings(pinned: Plan): string[] {
  return pinned.notes.filter(({ level }) => level === 'warning').map(({ text }) => text)
}

/** Path in the folder of the first file whose name has the words. */
function fileIn(folder: string, words: string): string {
  const names = readdirSync(join(directory, folder), { recursive: true, encoding: 'utf8' })
  return join(directory, folder, names.find(name => name.includes(words) && /\.(parquet|json)$/.test(name))!)
}

describe('files of Kafka Connect', () => {
  it('replay the topic with its own offsets, over the seam', async () => {
    expect(base).toMatchObject({ rows: 3000, seam: { proven: true, by: 'offset', gaps: 0 } })
    const { ids, offsets } = await readIds(join(directory, 'runs/base'))
    for (const [p, events] of topic.events.entries()) {
      expect(ids[p]).toEqual(events.map(event => event.id))
      expect(offsets[p]).toEqual(events.map((_, offset) => offset))
    }
  })

  it.each(['s3', 'json', 'timed', 'timed-s3'])('are the same history as %s', async layout => {
    const pinned = await planOf(layout, layout)
    expect(warnings(pinned).filter(text => text.includes('offset'))).toEqual([])
    expect(pinned.streams[0]).toMatchObject({ ownOffsets: true })
    expect(await runOf(layout, pinned)).toMatchObject({ digest: base.digest, seam: { proven: true } })
    expect(await verify(join(directory, 'runs', layout), join(directory, 'runs/base'))).toMatchObject({
      equal: true,
    })
  })
})

describe('a missing file', () => {
  it.each(['hdfs', 's3', 'timed'])(
    'of %s is told with its offsets by the plan, and by the certificate',
    async layout => {
      const folder = `${layout}-missing`
      copy(layout, folder)
      const [, { first, events }] = piecesAt(layout === 'timed' ? clockCuts : thirds).filter(
        piece => piece.partition === 1,
      ) as [Piece, Piece]
      rmSync(fileIn(folder, `events+1+${padded(first)}`))
      const last = first + events.length - 1
      const pinned = await planOf(folder, folder)
      const [told] = warnings(pinned)
      expect(told).toContain(`offsets ${first}–${last} of partition 1`)
      expect(told).toContain(fileIn(folder, 'events+1+0000000000'))
      expect(warnings(pinned).at(-1)).toContain('not proven for partition 1:')
      await expect(runOf(folder, pinned)).rejects.toMatchObject({ code: 'seam-unproven' })
      const certificate = readJsonFile<{ partitions: { partition: number; gaps: unknown[] }[] }>(
        directory,
        `runs/${folder}/certificate.json`,
      )
      const gaps = certificate.partitions.flatMap(part => part.gaps.map(gap => [part.partition, gap]))
      expect(gaps).toEqual([[1, { first, last }]])
    },
  )
})

describe('a file that overlaps', () => {
  it.each(['hdfs', 's3', 'timed'])('another one of %s is refused with both names', async layout => {
    const folder = `${layout}-twice`
    copy(layout, folder)
    const [{ first, events }] = piecesAt(layout === 'timed' ? clockCuts : thirds) as [Piece]
    const again = { partition: 0, first: first + 10, events: events.slice(10, 20) }
    const kept = fileIn(folder, 'events+0+0000000000')
    const name = layout === 's3' ? s3Name(again) : hdfsName(again)
    await writeParquet(join(dirname(kept), name).slice(directory.length + 1), again)
    const refused = planOf(folder, folder, { live: false, order: 'time' })
    await expect(refused).rejects.toMatchObject({ code: 'job-invalid', where: { uri: fileIn(folder, name) } })
    await expect(refused).rejects.toThrow(kept)
  })

  it('as a field parts the topic is read without offsets, and refused where they are needed', async () => {
    for (const [partition, events] of topic.events.entries()) {
      for (const half of ['even', 'odd']) {
        const own = events.flatMap((event, offset) =>
          (event.id % 2 === 0) === (half === 'even') && offset < 100 ? [{ event, offset }] : [],
        )
        const piece = { partition, first: own[0]!.offset, events: own.map(({ event }) => event) }
        const end = padded(own.at(-1)!.offset)
        await writeParquet(`field/half=${half}/events+${partition}+${padded(piece.first)}+${end}`, piece)
      }
    }
    await expect(planOf('field', 'field', { live: false })).rejects.toMatchObject({
      code: 'job-invalid',
      where: { path: 'streams.events.order', partition: 0 },
    })
    await expect(planOf('field', 'field', { order: 'time' })).rejects.toMatchObject({
      code: 'job-invalid',
      where: { path: 'streams.events.seam' },
    })
    const pinned = await planOf('field', 'field', { live: false, order: 'time' })
    expect(warnings(pinned)).toEqual([expect.stringContaining('overlap')])
    expect(pinned.streams[0]!.ownOffsets).toBe(false)
    const outcome = await runOf('field', pinned)
    expect(outcome.rows).toBe(100 * PARTITIONS)
    const { ids } = await readIds(join(directory, 'runs/field'))
    for (const [p, events] of topic.events.entries())
      expect(new Set(ids[p])).toEqual(new Set(events.slice(0, 100).map(event => event.id)))
  })
})

describe('a file of a compacted topic', () => {
  it('has fewer rows than offsets: they leave in order, with counted offsets', async () => {
    copy('hdfs', 'compacted')
    const [, piece] = piecesAt(thirds) as [Piece, Piece]
    const events = piece.events.filter((_, i) => i % 7 !== 3)
    const path = `compacted/topics/events/partition=0/${hdfsName(piece)}`
    await writeParquet(path, { ...piece, events })
    const pinned = await planOf('compacted', 'compacted', { live: false })
    const missing = piece.events.length - events.length
    expect(warnings(pinned)[0]).toContain(`${path}.parquet by ${missing}`)
    expect(pinned.streams[0]!.ownOffsets).toBe(false)
    await runOf('compacted', pinned)
    const { ids, offsets } = await readIds(join(directory, 'runs/compacted'))
    const gone = new Set(piece.events.filter((_, i) => i % 7 === 3).map(event => event.id))
    const expected = topic.events[0]!.slice(0, thirds(topic.events[0]!).at(-1)).filter(
      event => !gone.has(event.id),
    )
    expect(ids[0]).toEqual(expected.map(event => event.id))
    expect(offsets[0]).toEqual(expected.map((_, i) => i))
    const seamed = await planOf('compacted-seam', 'compacted')
    expect(warnings(seamed).at(-1)).toContain('not proven for partition 0:')
    await expect(runOf('compacted-seam', seamed)).rejects.toMatchObject({ code: 'seam-unproven' })
  })

  it('with more rows than offsets is damaged', async () => {
    copy('hdfs', 'long')
    const [piece, next] = piecesAt(thirds) as [Piece, Piece]
    const short = { ...piece, events: piece.events.slice(1) }
    const folder = join(directory, 'long/topics/events/partition=0')
    renameSync(join(folder, `${hdfsName(piece)}.parquet`), join(folder, `${hdfsName(short)}.parquet`))
    await expect(planOf('long', 'long', { live: false })).rejects.toMatchObject({
      code: 'file-corrupt',
      where: { uri: join(folder, `${hdfsName(short)}.parquet`) },
    })
    const json = join(directory, 'long-json')
    copy('json', 'long-json')
    const cut = { ...next, first: next.first - 1 }
    const jsonFolder = join(json, 'topics/events/partition=0')
    renameSync(join(jsonFolder, `${s3Name(next)}.json`), join(jsonFolder, `${s3Name(cut)}.json`))
    const pinned = await planOf('long-json', 'long-json', { live: false })
    await expect(runOf('long-json', pinned)).rejects.toMatchObject({
      code: 'file-corrupt',
      where: { uri: join(jsonFolder, `${s3Name(piece)}.json`) },
    })
  })
})
