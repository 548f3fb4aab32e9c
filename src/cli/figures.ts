/**
 * Numbers, sizes and times as the command line writes them: English, UTC, the same on every machine.
 */

import { isoOfMs } from '../core/time.ts'

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

/** `98.1 %`; never rounds something to nothing, nor nearly all to all. */
export function shareText(part: number, whole: number): string {
  if (whole === 0) return '–'
  const percent = (100 * part) / whole
  if (part > 0 && percent < 0.1) return '< 0.1 %'
  if (part < whole && percent > 99.9) return '> 99.9 %'
  return `${ONE_DIGIT.format(percent)} %`
}

/** Event time: `2001-06-01T07:30:00Z`, with milliseconds only where there are some. */
export function instantText(ms: number): string {
  return isoOfMs(ms).replace('.000Z', 'Z')
}

/** Lines of `label  text`, the labels padded to the longest; several lines of text stay below one another. */
export function labelled(rows: readonly (readonly [label: string, text: string])[], indent = ''): string {
  const width = Math.max(0, ...rows.map(([label]) => label.length))
  const hang = `\n${indent}${' '.repeat(width)}  `
  return rows
    .map(([label, text]) => `${indent}${label.padEnd(width)}  ${text.replaceAll('\n', hang)}\n`)
    .join('')
}
