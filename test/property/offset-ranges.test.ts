/**
 * Offsets from the names of files against a sink that writes them: whatever it parts the topic by, whatever offsets have
 * no record and which files are lost, the plan says no offset that a row does not have and sees no offset twice that is
 * there once; and what it says is missing is what the certificate of a run will say.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OffsetCoverage } from '../../src/core/seam/index.ts'
import { connectNameOf } from '../../src/files/index.ts'
import type { NamedFile } from '../../src/plan/index.ts'
import { offsetRanges } from '../../src/plan/index.ts'
import { cases } from './cases.ts'

/** A file with the offsets that are in it. */
interface Written {
  readonly folder: string
  readonly partition: number
  readonly offsets: readonly number[]
}

interface Sink {
  /** By partition: the folder of each record, or null for an offset without one. */
  readonly topic: readonly (readonly (number | null)[])[]
  readonly first: number
  /** Records in all open files at which a sink closes them all. */
  readonly flush: number
}

function sink(folders: number, markers: boolean): fc.Arbitrary<Sink> {
  const record = fc.nat(folders - 1)
  const offset = markers ? fc.option(record, { freq: 6 }) : record
  return fc.record({
    topic: fc.array(fc.array(offset, { maxLength: 30 }), { minLength: 1, maxLength: 3 }),
    first: fc.constantFrom(0, 0, 7, 1e12),
    flush: fc.integer({ min: 1, max: 8 }),
  })
}

/** As the sinks do: one open file for each folder, all closed at once. */
function write({ topic, first, flush }: Sink): Written[] {
  return topic.flatMap((records, partition) => {
    const written: Written[] = []
    let open = new Map<number, number[]>()
    const close = (): void => {
      for (const [folder, offsets] of open) written.push({ folder: `f=${folder}`, partition, offsets })
      open = new Map()
    }
    for (const [i, folder] of records.entries()) {
      if (folder === null) continue
      open.set(folder, [...(open.get(folder) ?? []), first + i])
      if ([...open.values()].flat().length === flush) close()
    }
    close()
    return written
  })
}

type Form = 'hdfs' | 's3'

function nameOf(file: Written, form: Form): NamedFile {
  const [offsetFirst, offsetLast] = [file.offsets[0]!, file.offsets.at(-1)!]
  const { partition } = file
  const ends = form === 'hdfs' ? [offsetFirst, offsetLast] : [offsetFirst]
  const path = `${file.folder}/t+${partition}+${ends.map(offset => String(offset).padStart(10, '0')).join('+')}.parquet`
  return { path, ...connectNameOf(path)!, rows: file.offsets.length }
}

function offsetsSaid(file: Written): number[] {
  return file.offsets.map((_, row) => file.offsets[0]! + row)
}

/** Some of the files, shuffled. */
function someOf(files: readonly Written[], picks: readonly number[]): Written[] {
  return files
    .map((file, i) => ({ file, pick: picks[i % picks.length]! }))
    .filter(({ pick }) => pick > 1)
    .toSorted((a, b) => a.pick - b.pick)
    .map(({ file }) => file)
}

const picks = fc.array(fc.nat(9), { minLength: 1, maxLength: 40 })
const form = fc.constantFrom<Form>('hdfs', 's3')

describe('offsets from the names of files', () => {
  it('are those of the rows, for names with both ends, whatever is lost, compacted or parted', () => {
    fc.assert(
      fc.property(sink(3, true), picks, (given, picked) => {
        const files = someOf(write(given), picked)
        const { told, clash } = offsetRanges(files.map(file => nameOf(file, 'hdfs')))
        expect(clash?.why).not.toBe('twice')
        if (told === 'each-row') for (const file of files) expect(offsetsSaid(file)).toEqual(file.offsets)
        if (told !== 'nothing') expectInOrder(files)
      }),
      cases(),
    )
  })

  it('are those of the rows, for names with the first alone, of a topic with a record at each offset', () => {
    fc.assert(
      fc.property(sink(3, false), given => {
        const files = write(given)
        const { told, clash } = offsetRanges(files.map(file => nameOf(file, 's3')))
        expect(clash?.why).not.toBe('twice')
        if (told === 'each-row') for (const file of files) expect(offsetsSaid(file)).toEqual(file.offsets)
      }),
      cases(),
    )
  })

  it('are told in order for files of one folder each, with what is missing between them', () => {
    fc.assert(
      fc.property(sink(1, true), form, picks, (given, form, picked) => {
        const files = someOf(write(given), picked)
        const { told, gaps, clash } = offsetRanges(files.map(file => nameOf(file, form)))
        expect(clash).toBeNull()
        expect(told).not.toBe('nothing')
        expectInOrder(files)
        if (form === 's3') return
        const missing = gaps.flatMap(gap => range(gap.first, gap.last).map(at => [gap.partition, at]))
        expect(missing).toEqual(betweenFiles(files))
      }),
      cases(),
    )
  })

  it('leave out what the certificate of a run leaves out', () => {
    fc.assert(
      fc.property(sink(1, true), form, picks, (given, form, picked) => {
        const files = someOf(write(given), picked)
        const { gaps, short } = offsetRanges(files.map(file => nameOf(file, form)))
        for (const partition of given.topic.keys()) {
          const coverage = new OffsetCoverage()
          const own = files.filter(file => file.partition === partition)
          for (const file of own) coverage.add(Float64Array.from(offsetsSaid(file)))
          const last = own.toSorted((a, b) => a.offsets[0]! - b.offsets[0]!).at(-1)
          // A run begins live behind the name of the last file: what that is short of is missed there.
          const behind =
            last === undefined || form === 's3' ? 0 : last.offsets.at(-1)! - offsetsSaid(last).at(-1)!
          const said =
            gaps
              .filter(gap => gap.partition === partition)
              .reduce((sum, gap) => sum + gap.last - gap.first + 1, 0) +
            short
              .filter(({ file }) => file.partition === partition)
              .reduce((sum, each) => sum + each.missing, 0)
          expect(said).toBe(coverage.report().gapOffsets + behind)
        }
      }),
      cases(),
    )
  })

  it('are seen twice where a sink wrote a part of a folder again', () => {
    fc.assert(
      fc.property(sink(3, true), form, fc.nat(), fc.nat(), (given, form, at, from) => {
        const files = write(given)
        if (files.length === 0) return
        const file = files[at % files.length]!
        const again = { ...file, offsets: file.offsets.slice(from % file.offsets.length) }
        const { clash } = offsetRanges([...files, again].map(each => nameOf(each, form)))
        // A file with holes, whose name does not tell its end, may end before the one that was written again begins.
        const isDense = file.offsets.at(-1)! - file.offsets[0]! === file.offsets.length - 1
        if (form === 'hdfs' || isDense) expect(clash?.why).toBe('twice')
      }),
      cases(),
    )
  })
})

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}

/** Rows by what their names say are rows by their offsets. */
function expectInOrder(files: readonly Written[]): void {
  const rows = files.flatMap(file =>
    file.offsets.map((offset, row) => ({ partition: file.partition, offset, said: file.offsets[0]! + row })),
  )
  const byName = rows.toSorted((a, b) => a.partition - b.partition || a.said - b.said)
  const byOffset = rows.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset)
  expect(byName).toEqual(byOffset)
}

/** Offsets between the files of a partition, one by one, that lie in no file's span. */
function betweenFiles(files: readonly Written[]): [number, number][] {
  const partitions = [...new Set(files.map(file => file.partition))].sort((a, b) => a - b)
  return partitions.flatMap(partition => {
    const own = files.filter(file => file.partition === partition)
    const all = own.flatMap(file => file.offsets)
    const spanned = new Set(own.flatMap(file => range(file.offsets[0]!, file.offsets.at(-1)!)))
    return range(Math.min(...all), Math.max(...all))
      .filter(offset => !spanned.has(offset))
      .map((offset): [number, number] => [partition, offset])
  })
}

describe('names of sinks', () => {
  const topic = fc.stringMatching(/^[A-Za-z0-9._+-]{1,30}$/).filter(text => !/\+\d+$/.test(text))
  const name = fc
    .record({
      topic,
      partition: fc.integer({ min: 0, max: 0x7fffffff }),
      offsets: fc.tuple(fc.maxSafeNat(), fc.option(fc.maxSafeNat())),
      width: fc.nat(20),
      ending: fc.constantFrom('', '.parquet', '.snappy.parquet', '.json', '.json.gz', '.csv', '.avro'),
      folder: fc.constantFrom('', '/topics/t+1+2/partition=0/', 'year=2024/month=01/', 'k=a+0+7/'),
    })
    .map(({ offsets: [a, b], ...rest }) => ({
      ...rest,
      offsetFirst: b === null ? a : Math.min(a, b),
      offsetLast: b === null ? null : Math.max(a, b),
    }))

  it('are read as they were written', () => {
    fc.assert(
      fc.property(name, ({ folder, width, ending, ...said }) => {
        const offsets = [said.offsetFirst, ...(said.offsetLast === null ? [] : [said.offsetLast])]
        const padded = offsets.map(offset => String(offset).padStart(width, '0'))
        expect(
          connectNameOf(`${folder}${[said.topic, said.partition, ...padded].join('+')}${ending}`),
        ).toEqual(said)
      }),
      cases(),
    )
  })
})
