import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { barText, openProgress, progressMode } from '../../../src/cli/progress.ts'
import type { RunProgress } from '../../../src/run/index.ts'
import { record } from './recorder.ts'

const HALF: RunProgress = {
  rows: 500_000,
  rowsTotal: 1_000_000,
  watermarkMs: Date.UTC(2001, 2, 14, 5),
  rowsPerSecond: 1_234_567,
  secondsLeft: 42,
  phase: 'history',
}

describe('barText', () => {
  it('shows percent, bar, speed, watermark and time left', () => {
    expect(barText(HALF, 100)).toBe(
      `history  50.0 % ${'━'.repeat(13)}${'─'.repeat(14)}  1.23M rows/s  watermark 2001-03-14T05:00:00Z  ETA 0:42`,
    )
  })

  it('drops the bar first, then cuts', () => {
    expect(barText(HALF, 80)).toBe('history  50.0 %  1.23M rows/s  watermark 2001-03-14T05:00:00Z  ETA 0:42')
    expect(barText(HALF, 20)).toBe('history  50.0 %  1.')
  })

  it('counts rows where no end is known', () => {
    const open = { ...HALF, rowsTotal: 0, watermarkMs: null, secondsLeft: null }
    expect(barText(open, 100)).toBe('history 500,000  1.23M rows/s')
    expect(barText({ ...HALF, phase: 'live', secondsLeft: null }, 100)).toMatch(/^live {4}500,000 {2}/)
  })

  it('says 100 % only when it is all, and never more', () => {
    expect(barText({ ...HALF, rows: 999_999 }, 100)).toMatch(/99\.9 %/)
    expect(barText({ ...HALF, rows: 1_000_000 }, 100)).toMatch(/100\.0 %/)
    expect(barText({ ...HALF, rows: 1_200_000 }, 100)).toMatch(/100\.0 %/)
  })

  it('fits into any window', () => {
    const progress = fc.record({
      rows: fc.nat(),
      rowsTotal: fc.nat(),
      watermarkMs: fc.option(fc.integer({ min: -8e15, max: 8e15 })),
      rowsPerSecond: fc.double({ min: 0, max: 1e9, noNaN: true }),
      secondsLeft: fc.option(fc.double({ min: 0, max: 1e9, noNaN: true })),
      phase: fc.constantFrom('history' as const, 'live' as const, 'sealing' as const),
    })
    fc.assert(
      fc.property(progress, fc.integer({ min: 0, max: 200 }), (state, columns) => {
        const line = barText(state, columns)
        expect(line.length).toBeLessThanOrEqual(Math.max(1, columns - 1))
        expect(line).not.toContain('\n')
      }),
      { numRuns: Number(process.env.HINDCAST_CASES ?? 1000) },
    )
  })
})

describe('openProgress', () => {
  it('prints one JSON line a second, and the last state', () => {
    const terminal = record()
    let clock = 0
    const progress = openProgress('json', terminal, () => clock)
    for (const atMs of [0, 400, 999, 1000, 1500]) {
      clock = atMs
      progress.update({ ...HALF, rows: atMs })
    }
    progress.end()
    const lines = terminal.stderr.trimEnd().split('\n')
    expect(lines.map(line => (JSON.parse(line) as RunProgress).rows)).toEqual([0, 1000, 1500])
    expect(JSON.parse(lines[0]!)).toEqual({ ...HALF, rows: 0 })
    expect(terminal.stdout).toBe('')
  })

  it('redraws the bar in its line and frees it at the end', () => {
    const terminal = record(true)
    let clock = 0
    const progress = openProgress('bar', terminal, () => clock)
    progress.update({ ...HALF, rows: 1 })
    clock = 50
    progress.update({ ...HALF, rows: 1_000_000 })
    progress.end()
    expect(terminal.stderr.split('\r\u001b[2K')).toHaveLength(3)
    expect(terminal.stderr).toMatch(/100\.0 %[^\n]*\n$/)
  })

  it('prints nothing where nothing happened, or nothing is wanted', () => {
    const terminal = record(true)
    openProgress('bar', terminal, () => 0).end()
    const none = openProgress('none', terminal, () => 0)
    none.update(HALF)
    none.end()
    expect(terminal.stderr).toBe('')
  })
})

describe('progressMode', () => {
  it('is a bar where a person looks, unless something else is asked for', () => {
    expect(progressMode(undefined, record(true))).toBe('bar')
    expect(progressMode(undefined, record(false))).toBe('none')
    expect(progressMode('json', record(true))).toBe('json')
  })
})
