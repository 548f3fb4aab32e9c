/**
 * Decoders of the Parquet core on hostile bytes: pages that were changed, cut or made up give values or a typed error,
 * read nothing behind their end, write nothing beside their place, and take bounded time (the test's own limit).
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { HindcastError } from '../../src/errors.ts'
import {
  splitF32,
  splitF64,
  splitFixed,
  splitI32,
  splitI64,
} from '../../src/parquet/encoding/byte-stream-split.ts'
import { deltaI32, deltaI64 } from '../../src/parquet/encoding/delta.ts'
import { encodeDeltaI32, encodeDeltaI64 } from '../../src/parquet/encoding/delta-encode.ts'
import type { DeltaStrings } from '../../src/parquet/encoding/delta-strings.ts'
import { deltaLengthStrings, deltaPrefixStrings } from '../../src/parquet/encoding/delta-strings.ts'
import { lookUpI32 } from '../../src/parquet/encoding/dictionary.ts'
import { decimalFixed, float16, uuidStrings } from '../../src/parquet/encoding/forms.ts'
import { PageBuffer } from '../../src/parquet/encoding/page-buffer.ts'
import {
  plainBool,
  plainF32,
  plainF64,
  plainFixed,
  plainI32,
  plainI64,
  plainInt96,
} from '../../src/parquet/encoding/plain.ts'
import { decodeBitPackedU8, decodeRleI32, decodeRleU8, rleAll } from '../../src/parquet/encoding/rle.ts'
import { encodeRleI32 } from '../../src/parquet/encoding/rle-encode.ts'
import type { WideDecimals } from '../../src/parquet/encoding/wide-decimals.ts'
import { wideDecimalStrings, wideDecimalsFixed } from '../../src/parquet/encoding/wide-decimals.ts'
import { cases } from './cases.ts'
import type { Shape } from './parquet-encoding-twin.ts'
import { SHAPES, seeded, shapedValues, twinDelta, twinRle } from './parquet-encoding-twin.ts'

interface Place {
  readonly bytes: Uint8Array
  readonly position: number
  readonly end: number
  readonly count: number
  readonly width: number
}
/** What came out, to compare; `behind` is the position it returned. */
interface Outcome {
  readonly behind: number
  readonly memory: ArrayLike<number>
}
type Attempt = (place: Place) => Outcome

const GUARD = 0x55

/** Runs a decoder into memory with guards on both sides, which must stay as they are. */
function guarded<Out extends Int32Array | Float64Array | Uint8Array>(
  make: (length: number) => Out,
  perValue: number,
  decode: (place: Place, out: Out, at: number) => number,
): Attempt {
  return place => {
    const out = make((place.count + 2) * perValue)
    out.fill(GUARD)
    const check = (): void => {
      const guards = [...out.subarray(0, perValue), ...out.subarray(out.length - perValue)]
      if (guards.some(value => value !== GUARD)) throw new Error(`written beside its place: ${guards}`)
    }
    try {
      const behind = decode(place, out, 1)
      check()
      return { behind, memory: new Uint8Array(out.buffer) }
    } catch (thrown) {
      check()
      throw thrown
    }
  }
}

const i32 = (length: number): Int32Array => new Int32Array(length)
const f64 = (length: number): Float64Array => new Float64Array(length)
const u8 = (length: number): Uint8Array => new Uint8Array(length)

type Plain<Out> = (
  bytes: Uint8Array,
  position: number,
  end: number,
  count: number,
  out: Out,
  at: number,
) => number
const numeric =
  <Out>(decode: Plain<Out>) =>
  ({ bytes, position, end, count }: Place, out: Out, at: number): number =>
    decode(bytes, position, end, count, out, at)

const strings =
  (decode: (bytes: Uint8Array, position: number, end: number, count: number) => DeltaStrings): Attempt =>
  ({ bytes, position, end, count }) => {
    const decoded = decode(bytes, position, end, count)
    expect(decoded.offsets.length).toBe(count + 1)
    expect([decoded.offsets[0], decoded.offsets[count]]).toEqual([0, decoded.bytes.length])
    expect(decoded.offsets.every((offset, i) => i === 0 || offset >= decoded.offsets[i - 1])).toBe(true)
    return { behind: decoded.end, memory: [...new Uint8Array(decoded.offsets.buffer), ...decoded.bytes] }
  }

function wideOutcome({ offsets, bytes }: WideDecimals, count: number, behind: number): Outcome {
  expect([offsets.length, bytes.length]).toEqual([count + 1, 16 * count])
  expect(offsets.every((offset, i) => offset === 16 * i)).toBe(true)
  return { behind, memory: bytes }
}

const ATTEMPTS: Record<string, Attempt> = {
  plainI32: guarded(i32, 1, numeric(plainI32)),
  plainI64: guarded(i32, 2, numeric(plainI64)),
  plainF64: guarded(f64, 1, numeric(plainF64)),
  plainF32: guarded(f64, 1, numeric(plainF32)),
  plainBool: guarded(i32, 1, numeric(plainBool)),
  plainInt96: guarded(i32, 2, numeric(plainInt96)),
  plainFixed: guarded(u8, 5, (place, out, at) =>
    plainFixed(place.bytes, place.position, place.end, place.count, 5, out, at),
  ),
  splitI32: guarded(i32, 1, numeric(splitI32)),
  splitI64: guarded(i32, 2, numeric(splitI64)),
  splitF64: guarded(f64, 1, numeric(splitF64)),
  splitF32: guarded(f64, 1, numeric(splitF32)),
  splitFixed: guarded(u8, 5, (place, out, at) =>
    splitFixed(place.bytes, place.position, place.end, place.count, 5, out, at),
  ),
  deltaI32: guarded(i32, 1, numeric(deltaI32)),
  deltaI64: guarded(i32, 2, numeric(deltaI64)),
  deltaLengthStrings: strings(deltaLengthStrings),
  deltaPrefixStrings: strings(deltaPrefixStrings),
  uuidStrings: strings(uuidStrings),
  float16: guarded(f64, 1, numeric(float16)),
  decimalFixed: guarded(i32, 2, (place, out, at) =>
    decimalFixed(place.bytes, place.position, place.end, place.count, place.width, out, at),
  ),
  wideDecimalsFixed: ({ bytes, position, end, count, width }) =>
    wideOutcome(wideDecimalsFixed(bytes, position, end, count, width), count, position + count * width),
  wideDecimalStrings: ({ bytes, position, end, count }) => {
    const found = deltaPrefixStrings(bytes, position, end, count)
    return wideOutcome(wideDecimalStrings(found.offsets, found.bytes, count), count, found.end)
  },
  decodeRleI32: guarded(i32, 1, (place, out, at) =>
    decodeRleI32(place.bytes, place.position, place.end, place.width, place.count, out, at),
  ),
  decodeRleU8: guarded(u8, 1, (place, out, at) =>
    decodeRleU8(place.bytes, place.position, place.end, place.width, place.count, out, at),
  ),
  decodeBitPackedU8: guarded(u8, 1, (place, out, at) =>
    decodeBitPackedU8(place.bytes, place.position, place.end, place.width, place.count, out, at),
  ),
  rleAll: ({ bytes, position, end, width, count }) => ({
    behind: position,
    memory: [rleAll(bytes, position, end, width, count, 1) ? 1 : 0],
  }),
  lookUp: guarded(i32, 1, (place, out, at) => {
    const codes = new Int32Array(place.count)
    const behind = decodeRleI32(place.bytes, place.position, place.end, place.width, place.count, codes, 0)
    lookUpI32(new Int32Array(9), codes, 0, place.count, out, at, 9)
    return behind
  }),
}

const CODES = new Set(['file-corrupt', 'unsupported', 'limit-passed'])

function outcomeOf(attempt: Attempt, place: Place): Outcome | string {
  try {
    return attempt(place)
  } catch (thrown) {
    if (!(thrown instanceof HindcastError && CODES.has(thrown.code))) throw thrown
    return thrown.message
  }
}

const page = fc.record({
  kind: fc.constantFrom('rle', 'delta32', 'delta64', 'lengths', 'prefixes', 'random', 'random', 'empty'),
  shape: fc.constantFrom(...SHAPES),
  values: fc.oneof(fc.nat(20), fc.nat(300)),
  width: fc.oneof(fc.integer({ min: 0, max: 33 }), fc.integer({ min: 0, max: 8 })),
  /** How the count that the page's header claims differs. */
  off: fc.constantFrom(0, 0, 0, 0, -1, 1, 7, 1000),
  changes: fc.constantFrom(0, 1, 1, 2, 5),
  cut: fc.constantFrom(0, 0, 0, 1, 2, 30),
  shift: fc.nat(9),
  seed: fc.integer(),
})
type Page = typeof page extends fc.Arbitrary<infer Value> ? Value : never

function writePage(buffer: PageBuffer, kind: string, shape: Shape, chosen: Page): void {
  const { values, width, seed } = chosen
  const below = seeded(seed)
  const whole = shapedValues(shape, values, seed)
  const words = Int32Array.from(whole, value => Number(BigInt.asIntN(32, value)))
  const small = Int32Array.from(words, value => value & 7)
  if (kind === 'random') for (let i = 0; i < values; i++) buffer.byte(below(below(2) === 0 ? 256 : 8))
  else if (kind === 'rle') {
    const clipped = words.map(value => (width >= 32 ? value : value & (2 ** width - 1)))
    encodeRleI32(buffer, clipped, 0, values, null, Math.min(32, width))
  } else if (kind === 'delta32') encodeDeltaI32(buffer, words, 0, values, null)
  else if (kind === 'delta64') {
    encodeDeltaI64(buffer, new Int32Array(BigInt64Array.from(whole).buffer), 0, values, null)
  } else if (kind !== 'empty') {
    if (kind === 'prefixes') encodeDeltaI32(buffer, small.fill(0, 0, 1), 0, values, null)
    encodeDeltaI32(
      buffer,
      words.map(value => 7 + (value & 7)),
      0,
      values,
      null,
    )
    for (let i = 0; i < 14 * values; i++) buffer.byte(below(256))
  }
}

/** A page among other bytes, changed as it was chosen to be. */
function hostile(chosen: Page): Place {
  const buffer = new PageBuffer(1)
  buffer.append(new Uint8Array(chosen.shift))
  writePage(buffer, chosen.kind, chosen.shape, chosen)
  const end = Math.max(chosen.shift, buffer.position - chosen.cut)
  const below = seeded(chosen.seed + 1)
  for (let i = 0; i < chosen.changes && end > chosen.shift; i++) {
    // Most of what can go wrong lies in the first bytes.
    const at = chosen.shift + below(below(2) === 0 ? Math.min(12, end - chosen.shift) : end - chosen.shift)
    buffer.bytes[at] = below(3) === 0 ? 255 : below(256)
  }
  const count = Math.max(0, chosen.values + chosen.off)
  return { bytes: buffer.written(), position: chosen.shift, end, count, width: chosen.width }
}

it('decoders keep to their bytes and their places, or say what is wrong', () => {
  let decoded = 0
  fc.assert(
    fc.property(page, chosen => {
      const place = hostile(chosen)
      // The same page alone, and among other bytes.
      const bytes = new Uint8Array(place.end + 20).fill(0xc3)
      bytes.set(place.bytes.subarray(place.position, place.end), place.position)
      const alone = place.bytes.slice(place.position, place.end)
      for (const [name, attempt] of Object.entries(ATTEMPTS)) {
        const outcome = outcomeOf(attempt, { ...place, bytes })
        const again = outcomeOf(attempt, { ...place, bytes: alone, position: 0, end: alone.length })
        if (typeof outcome === 'string' || typeof again === 'string') expect(outcome, name).toBe(again)
        else {
          decoded++
          const isWithin = outcome.behind <= place.end && outcome.behind - place.position === again.behind
          const isSame = Buffer.from(outcome.memory).equals(Buffer.from(again.memory))
          expect([isWithin, isSame], name).toEqual([true, true])
        }
      }
    }),
    cases(3000),
  )
  expect(decoded).toBeGreaterThan(0)
})

it('decoders of runs and deltas accept what their twins accept', () => {
  fc.assert(
    fc.property(page, chosen => {
      const place = hostile(chosen)
      const { count, width, end, position } = place
      const alone = place.bytes.slice(position, end)
      const out = new Int32Array(count)
      const halves = new Int32Array(2 * count)
      const agree = (twin: ReturnType<typeof twinRle>, decode: () => number): boolean => {
        if (twin === null) expect(decode).toThrow(HindcastError)
        else expect(decode()).toBe(position + twin.position)
        return twin !== null
      }
      if (width <= 32) {
        const twin = twinRle(alone, width, count)
        if (agree(twin, () => decodeRleI32(place.bytes, position, end, width, count, out, 0))) {
          expect(Array.from(out, value => BigInt(value >>> 0))).toEqual(twin?.values)
        }
      }
      const twin32 = twinDelta(alone, 32, count)
      if (agree(twin32, () => deltaI32(place.bytes, position, end, count, out, 0))) {
        expect(Array.from(out, BigInt)).toEqual(twin32?.values)
      }
      const twin64 = twinDelta(alone, 64, count)
      if (agree(twin64, () => deltaI64(place.bytes, position, end, count, halves, 0))) {
        expect(Array.from(new BigInt64Array(halves.buffer))).toEqual(twin64?.values)
      }
    }),
    cases(3000),
  )
})
