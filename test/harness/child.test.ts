/**
 * The child-process part of the harness, on real processes.
 */
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { childrenLeft, endChildren, lastJsonLine, spawnProgram } from './child.ts'

const PROGRAM = fileURLToPath(new URL('fixture/program.ts', import.meta.url))

afterEach(endChildren)

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('a child', () => {
  it('gives exit code and both outputs', async () => {
    const ended = await spawnProgram(PROGRAM, ['echo', 'to', 'stderr'], { input: 'to stdout' }).ended
    expect(ended).toEqual({ code: 0, signal: null, stdout: 'to stdout', stderr: 'to stderr' })
  })

  it('gives an exit code that is not 0 and a signal as values, not as errors', async () => {
    expect((await spawnProgram(PROGRAM, ['exit', '75']).ended).code).toBe(75)
    const child = spawnProgram(PROGRAM, ['forever'])
    await child.untilStdout(/started/)
    child.kill('SIGTERM')
    expect(await child.ended).toMatchObject({ code: null, signal: 'SIGTERM' })
  })

  it('sees added variables and not the ones taken away', async () => {
    const env = { HINDCAST_PROBE: 'here', PATH: undefined }
    expect((await spawnProgram(PROGRAM, ['environment', 'HINDCAST_PROBE'], { env }).ended).stdout).toBe(
      '"here"\n',
    )
    expect((await spawnProgram(PROGRAM, ['environment', 'PATH'], { env }).ended).stdout).toBe('null\n')
  })

  it('is killed at its deadline, even if it ignores SIGTERM, and the error shows its output', async () => {
    const child = spawnProgram(PROGRAM, ['stubborn'], { deadlineMs: 1_500 })
    await child.untilStdout(/started/)
    child.kill('SIGTERM')
    await child.untilStdout(/no/)
    await expect(child.ended).rejects.toThrow(
      /waited 1500 ms for .* stubborn to end in vain[\s\S]*started\nno/,
    )
    await expect.poll(() => isAlive(child.pid)).toBe(false)
  })

  it('that ends early ends the wait for its output', async () => {
    const child = spawnProgram(PROGRAM, ['exit', '0'])
    await child.ended
    await expect(child.untilStdout(/never/, { deadlineMs: 50 })).rejects.toThrow(/it has ended/)
  })

  it('is counted as left while it runs, and not after endChildren', async () => {
    const child = spawnProgram(PROGRAM, ['forever'])
    await child.untilStdout(/started/)
    expect(childrenLeft()).toEqual([child])
    await endChildren()
    expect(childrenLeft()).toEqual([])
    expect(isAlive(child.pid)).toBe(false)
  })
})

describe('lastJsonLine', () => {
  const ended = { code: 0, signal: null, stderr: 'why', stdout: '' }

  it('reads the last line', () => {
    expect(lastJsonLine({ ...ended, stdout: 'progress\n{"state":"done"}\n' })).toEqual({ state: 'done' })
  })

  it('says what it found instead', () => {
    expect(() => lastJsonLine({ ...ended, stdout: '{"a":1}\noops' })).toThrow(/oops\n.*\nwhy/)
  })
})
