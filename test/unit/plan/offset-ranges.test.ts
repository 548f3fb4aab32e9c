import { describe, expect, it } from 'vitest'
import type { NamedFile, OffsetRanges } from '../../../src/plan/index.ts'
import { offsetRanges } from '../../../src/plan/index.ts'

/** `folder/topic+partition+first[+last]` and rows; `?` for rows that nobody has counted. */
function file(text: string): NamedFile {
  const [path, rows] = text.split(' ') as [string, string]
  const [topic, partition, first, last] = path.slice(path.lastIndexOf('/') + 1).split('+')
  return {
    path,
    topic: topic!,
    partition: Number(partition),
    offsetFirst: Number(first),
    offsetLast: last === undefined ? null : Number(last),
    rows: rows === '?' ? null : Number(rows),
  }
}

function told(...texts: string[]): OffsetRanges {
  return offsetRanges(texts.map(file))
}

function lasts(ranges: OffsetRanges): (number | null)[] {
  return ranges.ranges.map(range => range.offsetLast)
}

function gapsOf(ranges: OffsetRanges): [number, number, number][] {
  return ranges.gaps.map(({ partition, first, last }) => [partition, first, last])
}

function clashOf({ clash }: OffsetRanges): string[] {
  return clash === null ? [] : [clash.why, ...clash.files.map(({ path }) => path)]
}

describe('offsets in the names of files', () => {
  it.each([
    ['HDFS, end to end', ['d/t+0+0+9 10', 'd/t+0+10+19 10', 'd/t+1+5+5 1'], [9, 19, 5]],
    ['S3, end to end', ['d/t+0+0 10', 'd/t+0+10 4', 'd/t+1+5 1'], [9, 13, 5]],
    ['folders of time', ['h=0/t+0+0 10', 'h=1/t+0+10 4', 'h=0/t+1+0+4 5', 'h=1/t+1+5+9 5'], [9, 13, 4, 9]],
    ['both forms, in any order', ['d/t+0+10 4', 'd/t+0+14+15 2', 'd/t+0+0+9 10'], [13, 15, 9]],
    ['text that tells its end', ['d/t+0+0+9 ?', 'd/t+0+10+19 ?'], [9, 19]],
    ['text that does not', ['d/t+0+0 ?', 'd/t+0+10 ?'], [9, null]],
    ['a first offset above 0', ['d/t+0+100+109 10'], [109]],
    ['a file without rows', ['d/t+0+0 5', 'd/t+0+0 0', 'd/t+0+5 1'], [4, -1, 5]],
  ])('tell each row: %s', (_, texts, ends) => {
    const ranges = told(...texts)
    expect(ranges).toMatchObject({ told: 'each-row', gaps: [], short: [], clash: null })
    expect(lasts(ranges)).toEqual(ends)
  })

  it('tell the gap where a file is missing, and each row where names tell the end', () => {
    const hdfs = told('d/t+2+0+9 10', 'd/t+2+20+29 10', 'd/t+3+5+6 2')
    expect([hdfs.told, gapsOf(hdfs)]).toEqual(['each-row', [[2, 10, 19]]])
    expect(hdfs.gaps[0]!.behind.path).toBe('d/t+2+0+9')
  })

  it('tell the order only where a gap may lie in the midst of a file', () => {
    const s3 = told('d/t+2+0 10', 'd/t+2+20 10')
    expect([s3.told, gapsOf(s3), lasts(s3)]).toEqual(['order', [[2, 10, 19]], [9, 29]])
  })

  it('tell the order only where a file is short', () => {
    const ranges = told('d/t+0+0+9 8', 'd/t+0+10+19 10')
    expect([ranges.told, gapsOf(ranges)]).toEqual(['order', []])
    expect(ranges.short).toMatchObject([{ file: { path: 'd/t+0+0+9' }, missing: 2 }])
  })

  it.each([
    ['of full files', ['a/t+0+0+9 10', 'b/t+0+9+12 4'], ['a/t+0+0+9', 'b/t+0+9+12']],
    ['with one in the other', ['a/t+0+0+99 100', 'b/t+0+3+4 2'], ['a/t+0+0+99', 'b/t+0+3+4']],
    ['behind a short one', ['a/t+0+0+9 10', 'c/t+0+5+30 2', 'b/t+0+9+12 4'], ['a/t+0+0+9', 'b/t+0+9+12']],
    ['that begin alike', ['a/t+0+0+9 3', 'b/t+0+0+7 2'], ['a/t+0+0+9', 'b/t+0+0+7']],
    ['of text that begins alike', ['d/t+0+5 ?', 'd/t+0+5 ?'], ['d/t+0+5', 'd/t+0+5']],
    ['of one folder', ['d/t+0+0+9 3', 'd/t+0+9+20 2'], ['d/t+0+0+9', 'd/t+0+9+20']],
    ['of one folder, S3', ['d/t+0+0 10', 'd/t+0+9 4'], ['d/t+0+0', 'd/t+0+9']],
    [
      'of one folder, with another between',
      ['d/t+0+0 10', 'e/t+0+1 20', 'd/t+0+9 4'],
      ['d/t+0+0', 'd/t+0+9'],
    ],
  ])('clash for certain: %s', (_, texts, files) => {
    const ranges = told(...texts)
    expect([ranges.told, clashOf(ranges)]).toEqual(['nothing', ['twice', ...files]])
  })

  it.each([
    [
      'folders of a field, HDFS',
      ['k=a/t+0+0+8 5', 'k=b/t+0+1+9 5', 'k=a/t+0+12+14 2', 'k=b/t+0+13+15 2'],
      ['interleaved', 'k=a/t+0+0+8', 'k=b/t+0+1+9'],
      [[0, 10, 11]],
    ],
    [
      'folders of a field, S3',
      ['k=a/t+0+0 5', 'k=b/t+0+1 5', 'k=a/t+0+12 2'],
      ['interleaved', 'k=a/t+0+0', 'k=b/t+0+1'],
      [],
    ],
    ['text in several folders', ['h=0/t+0+0 ?', 'h=1/t+0+9 ?'], ['open-ended', 'h=0/t+0+0', 'h=1/t+0+9'], []],
    ['two topics', ['d/t+0+0+9 10', 'd/u+0+0+9 10'], ['topics', 'd/t+0+0+9', 'd/u+0+0+9'], []],
  ])('tell nothing: %s', (_, texts, clash, gaps) => {
    const ranges = told(...texts)
    expect([ranges.told, clashOf(ranges), gapsOf(ranges)]).toEqual(['nothing', clash, gaps])
    expect(ranges.short).toEqual([])
  })

  it('refuses a file that has more rows than offsets', () => {
    expect(() => told('d/t+1+10+19 11')).toThrow(
      expect.objectContaining({
        code: 'file-corrupt',
        where: { uri: 'd/t+1+10+19', partition: 1, offset: 10 },
      }),
    )
  })

  it('says nothing of no files', () => {
    expect(told()).toEqual({ told: 'each-row', ranges: [], gaps: [], short: [], clash: null })
  })
})
