import { describe, expect, it } from 'vitest'
import type { StreamJob } from '../../../src/job/index.ts'
import { type NamedFile, offsetRanges } from '../../../src/plan/index.ts'
import { rangeNotes } from '../../../src/run/offset-notes.ts'

const named = (offsetFirst: number, offsetLast: number, rows: number): NamedFile => ({
  path: `t+0+${offsetFirst}+${offsetLast}.parquet`,
  topic: 't',
  partition: 0,
  offsetFirst,
  offsetLast,
  rows,
})

function lastNote(place: 'kafka' | 'log', files: readonly NamedFile[], history = {}): string {
  const stream = { seam: { by: 'offset' }, live: { place: { kind: place } }, history } as unknown as StreamJob
  return rangeNotes('s', stream, files, offsetRanges(files)).at(-1)!.text
}

const GAP = [named(0, 9, 10), named(12, 20, 9)]
const SHORT = [named(0, 9, 8)]
const ASKED = /proven for partition 0 only if the topic says/
const UNPROVEN = /not proven for partition 0: the run will need --allow-unproven-seam/

describe('what a plan says of a seam by offset over files with gaps', () => {
  it('is that a topic of Kafka is asked about them', () => {
    expect(lastNote('kafka', GAP)).toMatch(ASKED)
    expect(lastNote('kafka', SHORT, { offsetColumn: 'o' })).toMatch(ASKED)
  })

  it('is that it is not proven where nobody can be asked, or rows do not say their offsets', () => {
    expect(lastNote('log', GAP)).toMatch(UNPROVEN)
    expect(lastNote('kafka', SHORT)).toMatch(UNPROVEN)
  })
})
