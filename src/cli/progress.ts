/**
 * How far a run is, on stderr: a bar for a person, or one JSON line a second for a program.
 *
 *   history  42.3 % ━━━━━━━━━━━──────────────  1.2M rows/s  watermark 2001-03-14T05:00:00Z  ETA 0:42
 */

import { Option } from 'commander'
import { clockText, compactText, countText, instantText } from '../core/figures.ts'
import type { RunProgress } from '../run/index.ts'
import type { Terminal } from './terminal.ts'

const MODES = ['bar', 'json', 'none'] as const
export type ProgressMode = (typeof MODES)[number]

const BAR_INTERVAL_MS = 100
const JSON_INTERVAL_MS = 1000
const BAR_CELLS_MAX = 40
const CLEAR_LINE = '\r\u001b[2K'

export interface Progress {
  update(progress: RunProgress): void
  /** Shows the last state and frees the line; must be called before anything else is printed. */
  end(): void
}

/** `--progress`, of every command that takes long. */
export function progressOption(): Option {
  return new Option('--progress <how>', 'bar, json (a line a second on stderr) or none').choices([...MODES])
}

/** `bar` where a person looks, else nothing: logs get JSON lines only when asked for. */
export function progressMode(given: ProgressMode | undefined, terminal: Terminal): ProgressMode {
  return given ?? (terminal.isTty ? 'bar' : 'none')
}

/** `now` is a clock in ms; only its differences are used. */
export function openProgress(mode: ProgressMode, terminal: Terminal, now: () => number): Progress {
  if (mode === 'none') return { update: () => {}, end: () => {} }
  const show = mode === 'bar' ? showBar : showJson
  const intervalMs = mode === 'bar' ? BAR_INTERVAL_MS : JSON_INTERVAL_MS
  let last: RunProgress | null = null
  let shownAtMs = Number.NEGATIVE_INFINITY
  let isShown = true
  return {
    update(progress) {
      last = progress
      isShown = now() - shownAtMs >= intervalMs
      if (!isShown) return
      shownAtMs = now()
      show(progress, terminal)
    },
    end() {
      if (last !== null && !isShown) show(last, terminal)
      if (last !== null && mode === 'bar') terminal.err('\n')
    },
  }
}

function showJson(progress: RunProgress, terminal: Terminal): void {
  terminal.err(`${JSON.stringify(progress)}\n`)
}

function showBar(progress: RunProgress, terminal: Terminal): void {
  terminal.err(CLEAR_LINE + barText(progress, terminal.columns()))
}

/** One line that fits into `columns`: the bar shrinks first, then the tail is cut. */
export function barText(progress: RunProgress, columns: number): string {
  const share = progress.rowsTotal > 0 ? Math.min(1, progress.rows / progress.rowsTotal) : null
  const isOpen = share === null || (progress.phase === 'live' && progress.secondsLeft === null)
  const head = `${progress.phase.padEnd(7)} ${isOpen ? countText(progress.rows) : percentText(share)}`
  const tail = [`${compactText(progress.rowsPerSecond)} rows/s`]
  if (progress.watermarkMs !== null) tail.push(`watermark ${instantText(progress.watermarkMs)}`)
  if (progress.secondsLeft !== null) tail.push(`ETA ${clockText(progress.secondsLeft)}`)
  const tailText = tail.join('  ')
  const cells = isOpen ? 0 : Math.min(BAR_CELLS_MAX, columns - head.length - tailText.length - 4)
  const line = cells >= 8 ? `${head} ${barOf(share!, cells)}  ${tailText}` : `${head}  ${tailText}`
  return line.slice(0, Math.max(1, columns - 1))
}

/** Rounded down, so that 100 % is only shown when it is all. */
function percentText(share: number): string {
  return `${(Math.floor(share * 1000) / 10).toFixed(1).padStart(5)} %`
}

function barOf(share: number, cells: number): string {
  const full = Math.floor(share * cells)
  return '━'.repeat(full) + '─'.repeat(cells - full)
}
