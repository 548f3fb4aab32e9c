import { CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { asHindcastError, exitCodeOfError, exitCodeOfHelp, exitCodeOfSignal } from '../../../src/cli/exit.ts'
import { type ErrorCode, HindcastError } from '../../../src/errors.ts'

describe('exitCodeOfError', () => {
  const cases: [ErrorCode, number][] = [
    ['job-invalid', 2],
    ['argument-invalid', 2],
    ['plan-invalid', 2],
    ['unsupported', 2],
    ['quarantine-limit', 3],
    ['file-changed', 3],
    ['digest-mismatch', 3],
    ['seam-unproven', 4],
    ['versions-unavailable', 5],
    ['run-locked', 75],
    ['disk-full', 75],
    ['nothing-to-do', 99],
    ['interrupted', 130],
    ['bug', 70],
  ]
  it.each(cases)('%s ends with %d', (code, exitCode) => {
    expect(exitCodeOfError(new HindcastError(code, 'x'), null)).toBe(exitCode)
  })

  it('tells the signals apart, for interrupted only', () => {
    expect(exitCodeOfError(new HindcastError('interrupted', 'x'), 'SIGTERM')).toBe(143)
    expect(exitCodeOfError(new HindcastError('interrupted', 'x'), 'SIGINT')).toBe(130)
    expect(exitCodeOfError(new HindcastError('disk-full', 'x'), 'SIGTERM')).toBe(75)
    expect([exitCodeOfSignal('SIGINT'), exitCodeOfSignal('SIGTERM')]).toEqual([130, 143])
  })
})

describe('asHindcastError', () => {
  it('keeps ours', () => {
    const error = new HindcastError('disk-full', 'x')
    expect(asHindcastError(error, null)).toBe(error)
  })

  it('takes the suggestion of commander as advice', () => {
    const error = asHindcastError(
      new CommanderError(1, 'commander.unknownCommand', "error: unknown command 'pln'\n(Did you mean plan?)"),
      null,
    )
    expect(error).toMatchObject({
      code: 'argument-invalid',
      message: "unknown command 'pln'",
      advice: 'Did you mean plan?',
    })
  })

  it('takes an abort after a signal as interrupted, and any other as a bug', () => {
    const abort = new DOMException('This operation was aborted', 'AbortError')
    expect(asHindcastError(abort, 'SIGINT').code).toBe('interrupted')
    expect(asHindcastError(abort, null).code).toBe('bug')
  })

  it.each([new TypeError('x'), 'text', undefined])('takes %s as a bug that should be reported', thrown => {
    expect(asHindcastError(thrown, null)).toMatchObject({
      code: 'bug',
      advice: expect.stringMatching(/--verbose/),
    })
  })
})

describe('exitCodeOfHelp', () => {
  it('is 0 if asked for, 2 if not, and null for errors', () => {
    expect(exitCodeOfHelp(new CommanderError(0, 'commander.helpDisplayed', ''))).toBe(0)
    expect(exitCodeOfHelp(new CommanderError(1, 'commander.help', ''))).toBe(2)
    expect(exitCodeOfHelp(new CommanderError(1, 'commander.unknownOption', ''))).toBeNull()
    expect(exitCodeOfHelp(new Error('x'))).toBeNull()
  })
})
