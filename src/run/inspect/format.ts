/**
 * Numbers, times and sizes as people read them, the same in words and on the page. Pure; always English and
 * UTC, so that two people who look at one run see the same text.
 */

import { isoOfMs } from '../../core/time.ts'

const COUNT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const ONE_DIGIT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 })

/** `1,234,567`. */
export function countText(value: number): string {
  return COUNT.format(value)
}

/** `1 row`, `2,000 rows`. */
export function countedText(value: number, noun: string): string {
  return `${countText(value)} ${noun}${value === 1 ? '' : 's'}`
}

/**
 * Share of a whole in percent: `12.3 %`. Never rounds something to nothing, nor nearly all to all: `< 0.1 %`, `> 99.9 %`.
 */
export function shareText(part: number, whole: number): string {
  if (whole === 0) return '–'
  const percent = (100 * part) / whole
  if (part > 0 && percent < 0.1) return '< 0.1 %'
  if (part < whole && percent > 99.9) return '> 99.9 %'
  return `${ONE_DIGIT.format(percent)} %`
}

/** `640 B`, `12.5 MiB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${ONE_DIGIT.format(value)} ${units[unit]}`
}

/** Wall time: `0.4 s`, `12.5 s`, `3 min 20 s`, `2 h 05 min`. */
export function secondsText(seconds: number): string {
  if (seconds < 60) return `${ONE_DIGIT.format(seconds)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${countText(Math.floor(whole / 3600))} h ${String(Math.floor(whole / 60) % 60).padStart(2, '0')} min`
}

const SPANS: readonly (readonly [number, string])[] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
  [1, 'ms'],
]

/** Span of event time in its largest whole unit, to one digit: `5 min`, `1.5 h`, `151 d`. */
export function spanText(ms: number): string {
  for (const [unitMs, name] of SPANS) if (ms >= unitMs) return `${ONE_DIGIT.format(ms / unitMs)} ${name}`
  return '0 ms'
}

/** Event time: `2001-06-01 07:30:00Z`, with milliseconds only where there are some. */
export function timeText(ms: number | null): string {
  if (ms === null) return '–'
  return isoOfMs(ms).replace('T', ' ').replace('.000Z', 'Z')
}

/** Start of a slice: the day alone where it starts at midnight. */
export function sliceText(startMs: number): string {
  return timeText(startMs).replace(' 00:00:00Z', '')
}

/** Rows a second; `–` for a run too short to tell. */
export function rateText(rows: number, seconds: number): string {
  return seconds > 0 ? `${countText(rows / seconds)} rows/s` : '–'
}
