import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ownRunIdentity, runIdentityOf } from '../../../src/run/run-identity.ts'
import { readSentNotes, SentNotes } from '../../../src/run/sent-notes.ts'
import { makeTempDirectory, removeTempDirectory } from '../../harness/index.ts'

let directory: string
beforeEach(() => {
  directory = makeTempDirectory()
})
afterEach(() => removeTempDirectory(directory))

const NOTE = { partition: 1, slice: 100, rows: 3, of: 5, first: 10, last: 12 }

describe('notes of what was sent', () => {
  it('are there after a restart, and say how far a partition is', () => {
    const notes = new SentNotes(directory)
    expect([notes.lastOf(1), readSentNotes(directory)]).toEqual([null, []])
    notes.add(NOTE)
    notes.add({ ...NOTE, partition: 0 })
    notes.add({ ...NOTE, rows: 5, first: 13, last: 14 })
    notes.close()
    const again = new SentNotes(directory)
    expect([again.lastOf(1)?.rows, again.lastOf(0)?.rows, again.lastOf(2)]).toEqual([5, 3, null])
    again.add({ ...NOTE, rows: 5, first: 13, last: 14 }) // the position on the cluster says it again
    again.close()
    expect(readSentNotes(directory)).toHaveLength(3)
  })

  it('without the line that a power cut tore', () => {
    const notes = new SentNotes(directory)
    notes.add(NOTE)
    notes.close()
    appendFileSync(join(directory, 'sent.jsonl'), '{"partition":1,"sl')
    const again = new SentNotes(directory)
    again.add({ ...NOTE, slice: 200 })
    again.close()
    expect(readSentNotes(directory).map(({ slice }) => slice)).toEqual([100, 200])
  })

  it.each(['{', '{"partition":"1"}', JSON.stringify({ ...NOTE, rows: 9 })])(
    'that are damaged are refused: %s',
    line => {
      writeFileSync(join(directory, 'sent.jsonl'), `${JSON.stringify(NOTE)}\n${line}\n`)
      expect(() => readSentNotes(directory)).toThrowError(
        expect.objectContaining({
          code: 'output-corrupt',
          where: expect.objectContaining({ line: 2 }) as object,
        }),
      )
    },
  )
})

describe('the identity of a run', () => {
  it('is made once, and is another in another directory', () => {
    expect(runIdentityOf(directory)).toBeNull()
    const run = ownRunIdentity(directory)
    expect([ownRunIdentity(directory), runIdentityOf(directory)]).toEqual([run, run])
    expect(ownRunIdentity(join(directory, 'b'))).not.toBe(run)
  })

  it.each(['', '{}', '{"run":""}'])('that is damaged is refused: %j', text => {
    writeFileSync(join(directory, 'sink.json'), text)
    expect(() => runIdentityOf(directory)).toThrowError(expect.objectContaining({ code: 'output-corrupt' }))
    expect(readFileSync(join(directory, 'sink.json'), 'utf8')).toBe(text)
  })
})
