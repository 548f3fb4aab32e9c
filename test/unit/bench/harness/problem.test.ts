/** What is told of a program that failed. */
import { describe, expect, it } from 'vitest'
import { problemOf } from '../../../../bench/harness/problem.ts'

describe('problemOf', () => {
  it('finds the error among a trace', () => {
    const trace = [
      'file:///x.ts:35',
      '   ^',
      '',
      'RangeError: too long',
      '    at x (file:///x.ts:35:1)',
      '',
      'Node.js v24',
    ]
    expect(problemOf(trace.join('\n'))).toBe('RangeError: too long')
    expect(problemOf('Traceback:\n  File "x.py"\npyspark.errors.AnalysisException: no column\n')).toBe(
      'pyspark.errors.AnalysisException: no column',
    )
  })

  it('takes the last words where there is none', () => {
    expect(problemOf('a\nb\nc\nd\n')).toBe('b / c / d')
  })
})
