/** `google.protobuf.Timestamp`: seconds and nanoseconds → timestamps of any unit, exactly. */

import { i64ToNumber } from '../../core/batch/index.ts'
import type { TimeUnit } from '../../core/time.ts'
import type { ByteCursor } from './byte-cursor.ts'
import { INT32, INT64, readScalar, readTag, skipField, VARINT } from './proto-parts.ts'

const TWO_32 = 4294967296
/** 0001-01-01 and 9999-12-31: what the type may hold. */
const SECONDS_MIN = -62_135_596_800
const SECONDS_MAX = 253_402_300_799

const NANOS_PER_TICK: Readonly<Record<TimeUnit, number>> = { s: 1e9, ms: 1e6, us: 1e3, ns: 1 }

/** Reads one at a time; the results stay in the fields. */
export class Instant {
  seconds = 0
  nanos = 0
  /** Ticks of the last `toTicks`, as int64 halves. */
  low = 0
  high = 0

  /** The message that fills the cursor up to `end`; a false leaves the reason in the cursor's fault. */
  read(cursor: ByteCursor, end: number): boolean {
    this.seconds = 0
    this.nanos = 0
    while (cursor.pos < end) {
      const tag = readTag(cursor)
      if (tag < 0) return false
      if (tag === ((1 << 3) | VARINT)) {
        if (!readScalar(cursor, INT64)) return false
        this.seconds = i64ToNumber(cursor.low, cursor.high)
      } else if (tag === ((2 << 3) | VARINT)) {
        if (!readScalar(cursor, INT32)) return false
        this.nanos = cursor.low
      } else if (!skipField(cursor, tag)) return false
    }
    return cursor.pos === end || cursor.fail('a message passes its end')
  }

  /** The instant in ticks of a unit; the reason where there is no such tick. */
  toTicks(unit: TimeUnit): string | null {
    const { seconds, nanos } = this
    if (!this.#isInRange()) return `is no instant: ${seconds} s and ${nanos} ns`
    const nanosPerTick = NANOS_PER_TICK[unit]
    if (nanos % nanosPerTick !== 0) return `has digits finer than its unit (${unit})`
    // Seconds are below 2^38: split at 2^22, every product is exact in float64.
    const perSecond = 1e9 / nanosPerTick
    const upper = Math.floor(seconds / 4194304)
    const product = upper * perSecond
    const productUpper = Math.floor(product / 1024)
    const sum =
      (product - productUpper * 1024) * 4194304 +
      (seconds - upper * 4194304) * perSecond +
      nanos / nanosPerTick
    const carry = Math.floor(sum / TWO_32)
    const high = productUpper + carry
    if (high < -2147483648 || high > 2147483647) return `is out of range of ${unit} in 64 bits`
    this.low = (sum - carry * TWO_32) | 0
    this.high = high
    return null
  }

  /** As ISO 8601 text with nine digits; null where it is no instant. */
  toText(): string | null {
    if (!this.#isInRange()) return null
    const text = new Date(this.seconds * 1000).toISOString()
    return `${text.slice(0, -5)}.${String(this.nanos).padStart(9, '0')}Z`
  }

  #isInRange(): boolean {
    const { seconds, nanos } = this
    return seconds >= SECONDS_MIN && seconds <= SECONDS_MAX && nanos >= 0 && nanos <= 999_999_999
  }
}
