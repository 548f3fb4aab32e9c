/** Commands that look at a run: verify and inspect. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runMain, VERIFIED } from './recorder.ts'

let directory = ''

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'hindcast-finished-'))
})

afterAll(() => {
  rmSync(directory, { recursive: true })
})

function lastLine(stdout: string): unknown {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!)
}

describe('hindcast verify', () => {
  it('says that all is equal', async () => {
    const ended = await runMain(['verify', 'a'])
    expect(ended).toMatchObject({ code: 0 })
    expect(ended.stdout).toMatch(/^equal /)
    expect(ended.calls[0]!.args).toEqual([resolve('a'), undefined, {}])
  })

  it('ends with 3 where runs differ, and says where', async () => {
    const difference = { partition: 0, slice: '2001-01-01T00:00:00.000Z', row: 1, text: 'delay is 1 and 2' }
    const answers = { verifyRun: async () => ({ ...VERIFIED, equal: false, difference }) }
    const words = await runMain(['verify', 'a', 'b'], { answers })
    expect(words.code).toBe(3)
    expect(words.stderr).toMatch(
      /^error digest-mismatch: a and b differ: delay is 1 and 2\n {2}where {7}a, partition 0, slice 2001-01-01T00:00:00.000Z, row 1\n/,
    )
    expect(words.stdout).toMatch(/^different {2}a and b\n[\s\S]*delay is 1 and 2/)
    expect(words.calls[0]!.args).toEqual([resolve('a'), resolve('b'), {}])
    const json = await runMain(['verify', 'a', 'b', '--json'], { answers })
    expect(lastLine(json.stdout)).toMatchObject({ equal: false, difference })
  })

  it('ends with 3 where a run is not what its manifest promises', async () => {
    const ended = await runMain(['verify', 'a'], {
      answers: { verifyRun: async () => ({ ...VERIFIED, equal: false }) },
    })
    expect(ended.code).toBe(3)
    expect(ended.stderr).toMatch(
      /error digest-mismatch: a is not what its manifest promises\n[\s\S]*run the job again/,
    )
  })
})

describe('hindcast inspect', () => {
  it('prints words, or JSON', async () => {
    expect((await runMain(['inspect', 'r'])).stdout).toBe(`words of ${resolve('r')}\n`)
    expect(lastLine((await runMain(['inspect', 'r', '--json'])).stdout)).toEqual({ directory: resolve('r') })
  })

  it('writes a page', async () => {
    const file = join(directory, 'page.html')
    const ended = await runMain(['inspect', 'r', '--html', file])
    expect(ended.code).toBe(0)
    expect(readFileSync(file, 'utf8')).toBe(`<html>${resolve('r')}</html>`)
  })
})
