/**
 * Units of the job file: text with a unit → a plain number. Each function returns null where the text has no
 * such meaning; the caller says where it stood and what was expected.
 *
 *   duration  5m 30d 0s 250ms 1.5h     → whole milliseconds; a day is 86,400 s (C1)
 *   bytes     1GiB 512MiB 2GB 4096B    → whole bytes
 *   share     0.1%                     → 0 … 1
 *   instant   2001-06-01, 2001-06-01T12:30:00.5+02:00 → ms since the epoch; no zone means UTC (C1)
 */

export const DURATION_PATTERN = /^\d+(\.\d+)?(ms|s|m|h|d|w)$/
export const BYTES_PATTERN = /^\d+(\.\d+)?(B|kB|KB|MB|GB|TB|KiB|MiB|GiB|TiB)$/
export const SHARE_PATTERN = /^\d+(\.\d+)?%$/
export const INSTANT_PATTERN =
  /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|z|[+-]\d{2}(:?\d{2})?)?)?$/

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

const UNIT_BYTES: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
}

/** Whole milliseconds, or null: no duration, not a whole number of ms, or beyond 2^53. */
export function durationMs(text: string): number | null {
  return DURATION_PATTERN.test(text) ? scaled(text, UNIT_MS) : null
}

/** Whole bytes, or null. */
export function byteCount(text: string): number | null {
  return BYTES_PATTERN.test(text) ? scaled(text, UNIT_BYTES) : null
}

/** A share 0 … 1 from a percentage, or null: no percentage, or more than 100 %. */
export function shareOf(text: string): number | null {
  if (!SHARE_PATTERN.test(text)) return null
  const percent = Number(text.slice(0, -1))
  return percent <= 100 ? percent / 100 : null
}

/** Milliseconds since the epoch, or null: no instant, a day or hour that does not exist, or parts below 1 ms. */
export function instantMs(text: string): number | null {
  if (!INSTANT_PATTERN.test(text)) return null
  const parts = /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d+))?)?(.*))?$/.exec(text)
  if (parts === null) return null
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])]
  const [hour, minute, second] = [Number(parts[4] ?? 0), Number(parts[5] ?? 0), Number(parts[6] ?? 0)]
  const fraction = (parts[7] ?? '').padEnd(9, '0')
  if (Number(fraction.slice(3)) !== 0) return null
  if (hour > 23 || minute > 59 || second > 59) return null
  const date = new Date(0)
  date.setUTCFullYear(year, month - 1, day) // Date.UTC would read years 0 … 99 as 1900 … 1999
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null
  const zone = zoneMs(parts[8] ?? '')
  if (zone === null) return null
  return (
    date.getTime() +
    hour * UNIT_MS.h! +
    minute * UNIT_MS.m! +
    second * 1000 +
    Number(fraction.slice(0, 3)) -
    zone
  )
}

/** The shortest text that `durationMs` reads back as the same number. */
export function durationText(ms: number): string {
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = UNIT_MS[unit]!
    if (ms !== 0 && ms % size === 0) return `${ms / size}${unit}`
  }
  return ms === 0 ? '0s' : `${ms}ms`
}

function scaled(text: string, units: Readonly<Record<string, number>>): number | null {
  const unitAt = text.search(/[A-Za-z]/)
  const [whole, fraction = ''] = text.slice(0, unitAt).split('.') as [string, string?]
  const size = units[text.slice(unitAt)]!
  // Digits are scaled as whole numbers: 0.1 × 86,400,000 in floating point need not be whole.
  const value = (Number(whole + fraction) * size) / 10 ** fraction.length
  return Number.isSafeInteger(value) ? value : null
}

function zoneMs(zone: string): number | null {
  if (zone === '' || zone.toUpperCase() === 'Z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(3).replace(':', '') || 0)
  if (hours > 23 || minutes > 59) return null
  return (zone[0] === '-' ? -1 : 1) * (hours * UNIT_MS.h! + minutes * UNIT_MS.m!)
}
