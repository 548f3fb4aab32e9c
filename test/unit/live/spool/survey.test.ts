import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { crc32c } from '../../../../src/live/crc32c.ts'
import { readSurvey, writeSurvey } from '../../../../src/live/index.ts'
import { withTempDirectory } from '../../../harness/index.ts'

describe('what a topic said of its offsets', () => {
  it('is kept, neighbours of one reason as one', () =>
    withTempDirectory(folder => {
      expect(readSurvey(folder, 2)).toBeNull()
      const holes = [
        { first: 3, last: 4, why: 'aborted' },
        { first: 5, last: 5, why: 'aborted' },
        { first: 6, last: 6, why: 'control' },
        { first: 9, last: 9, why: 'control' },
      ] as const
      writeSurvey(folder, 2, { first: 1, holes })
      expect(readSurvey(folder, 2)).toEqual({
        first: 1,
        holes: [
          { first: 3, last: 5, why: 'aborted' },
          { first: 6, last: 6, why: 'control' },
          { first: 9, last: 9, why: 'control' },
        ],
      })
      expect(readSurvey(folder, 1)).toBeNull()
    }))

  it('is damaged where one digit is another', () =>
    withTempDirectory(folder => {
      writeSurvey(folder, 0, { first: 1, holes: [{ first: 3, last: 4, why: 'aborted' }] })
      const path = join(folder, '0', 'explained.json')
      writeFileSync(path, readFileSync(path, 'utf8').replace('"last":4', '"last":5'))
      expect(() => readSurvey(folder, 0)).toThrow(expect.objectContaining({ code: 'output-corrupt' }))
    }))

  it.each([
    ['{'],
    ['null'],
    ['{"version":2,"first":0,"holes":[]}'],
    ['{"version":1,"first":-1,"holes":[]}'],
    ['{"version":1,"first":0,"holes":{}}'],
    ['{"version":1,"first":0,"holes":[null]}'],
    ['{"version":1,"first":0,"holes":[{"first":2,"last":1,"why":"control"}]}'],
    ['{"version":1,"first":0,"holes":[{"first":1,"last":2,"why":"lost"}]}'],
    [
      '{"version":1,"first":0,"holes":[{"first":1,"last":2,"why":"control"},{"first":2,"last":3,"why":"control"}]}',
    ],
  ])('is damaged: %s', text =>
    withTempDirectory(folder => {
      mkdirSync(join(folder, '0'))
      // with a checksum that is right, where it has one at all
      const crc = crc32c(Buffer.from(text), 0, text.length)
      writeFileSync(
        join(folder, '0', 'explained.json'),
        text.endsWith('}') && text !== '{}' ? text.replace(/}$/, `,"crc32c":${crc}}`) : text,
      )
      expect(() => readSurvey(folder, 0)).toThrow(
        expect.objectContaining({
          code: 'output-corrupt',
          where: { uri: join(folder, '0', 'explained.json'), partition: 0 },
        }),
      )
    }),
  )
})
