/**
 * Numbers, sizes and times as people read them, the same on the command line, in words and on the page. Pure; always
 * English and UTC, so that two people who look at one run see the same text.
 */

import { isoOfMs } from './time.ts'

const WHOLE = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const ONE_DIGIT = new Intl.NumberFormat('en-US', { maximumFractionDigits: 1 })
const COMPACT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumSignificantDigits: 3 })

/** `1,234,567` */
export function countText(count: number): string {
  return WHOLE.format(count)
}

/** `1 file`, `2,000 files` */
export function countedText(count: number, noun: string): string {
  return `${countText(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** `950`, `1.23K`, `4.5M`: for what changes ten times a second. */
export function compactText(count: number): string {
  return COMPACT.format(count)
}

/** `640 B`, `12.5 MiB` */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']
  const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1)
  return `${ONE_DIGIT.format(bytes / 1024 ** power)} ${units[power]}`
}

/** `98.1 %`; never rounds something to nothing, nor nearly all to all: `< 0.1 %`, `> 99.9 %`. */
export function shareText(part: number, whole: number): string {
  if (whole === 0) return '–'
  const percent = (100 * part) / whole
  if (part > 0 && percent < 0.1) return '< 0.1 %'
  if (part < whole && percent > 99.9) return '> 99.9 %'
  return `${ONE_DIGIT.format(percent)} %`
}

/** Rows a second; `–` for a run too short to tell. */
export function rateText(rows: number, seconds: number): string {
  return seconds > 0 ? `${countText(rows / seconds)} rows/s` : '–'
}

/** Wall time: `0.4 s`, `3 min 20 s`, `2 h 5 min`. */
export function secondsText(seconds: number): string {
  if (seconds < 60) return `${ONE_DIGIT.format(seconds)} s`
  const whole = Math.round(seconds)
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`
  return `${countText(Math.floor(whole / 3600))} h ${Math.floor((whole % 3600) / 60)} min`
}

/** Wall time to come, as a clock: `0:42`, `1:02:05`. */
export function clockText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60]
  const tail = String(rest).padStart(2, '0')
  return hours === 0 ? `${minutes}:${tail}` : `${hours}:${String(minutes).padStart(2, '0')}:${tail}`
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

/** Event time as it can be typed in again: `2001-06-01T07:30:00Z`, with milliseconds only where there are some. */
export function instantText(ms: number): string {
  return isoOfMs(ms).replace('.000Z', 'Z')
}

/** The same to be read only: `2001-06-01 07:30:00Z`; `–` for none. */
export function timeText(ms: number | null): string {
  return ms === null ? '–' : instantText(ms).replace('T', ' ')
}

/** Start of a slice: the day alone where it starts at midnight. */
export function sliceText(startMs: number): string {
  return timeText(startMs).replace(' 00:00:00Z', '')
}
