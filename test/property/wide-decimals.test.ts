/**
 * Decimals of 19 to 38 digits against BigInt: arithmetic, bytes of any width, text, order, widening.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Column,
  createJsonRows,
  typeFromText,
  valueAt,
  WIDE_DECIMAL_BYTES,
  WideNumber,
  wideDecimalAt,
  wideDecimalBytes,
} from '../../src/core/batch/index.ts'
import { widenColumn } from '../../src/history/parquet/widen-column.ts'
import { compareValues } from '../../src/history/unit-run.ts'
import { wideDecimalStrings, wideDecimalsFixed } from '../../src/parquet/encoding/wide-decimals.ts'
import { batchOf } from '../../src/parquet/index.ts'
import { BytesBounds } from '../../src/parquet/write/bytes-bounds.ts'
import { cases } from './cases.ts'

/** Of every size up to so many bits. */
const bigInts = (bits: number): fc.Arbitrary<bigint> =>
  fc
    .tuple(fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n }), fc.integer({ min: 1, max: bits }))
    .map(([value, used]) => BigInt.asIntN(used, value))

const HALF = 2n ** 127n

/** Two's complement in `width` bytes. */
function bigEndian(value: bigint, width: number): Uint8Array {
  return Uint8Array.from({ length: width }, (_, i) => Number((value >> BigInt(8 * (width - 1 - i))) & 0xffn))
}

describe('WideNumber', () => {
  it('multiplies and adds as BigInt does', () => {
    fc.assert(
      fc.property(
        bigInts(128),
        fc.array(fc.tuple(fc.integer({ min: 0, max: 1e9 }), fc.integer({ min: 0, max: 1e9 })), {
          maxLength: 4,
        }),
        fc.integer({ min: 0, max: 40 }),
        (start, steps, digits) => {
          const number = new WideNumber()
          number.setBytes(wideDecimalBytes(start), 0)
          let magnitude = start < 0n ? -start : start
          let fits = magnitude < HALF
          for (const [factor, addend] of steps) {
            magnitude = magnitude * BigInt(factor) + BigInt(addend)
            fits = magnitude < HALF
            expect(number.multiplyAdd(factor, addend)).toBe(fits)
            if (!fits) return
          }
          if (!fits) return
          magnitude *= 10n ** BigInt(digits)
          expect(number.shiftDigits(digits)).toBe(magnitude < HALF)
          if (magnitude >= HALF) return
          const out = new Uint8Array(WIDE_DECIMAL_BYTES)
          number.write(out, 0)
          expect(wideDecimalAt(out, 0, 16)).toBe(start < 0n ? -magnitude : magnitude)
        },
      ),
      cases(2000),
    )
  })

  it('compares magnitudes', () => {
    fc.assert(
      fc.property(bigInts(127), bigInts(127), (a, b) => {
        const [x, y] = [new WideNumber(), new WideNumber()]
        x.setBytes(wideDecimalBytes(a), 0)
        y.setBytes(wideDecimalBytes(b), 0)
        expect(x.isBelow(y)).toBe((a < 0n ? -a : a) < (b < 0n ? -b : b))
      }),
      cases(1000),
    )
  })
})

describe('decimals in bytes', () => {
  it('are read from any width that holds them, and refused where 16 bytes do not', () => {
    fc.assert(
      fc.property(
        fc.array(bigInts(150), { maxLength: 6 }),
        fc.integer({ min: 1, max: 20 }),
        (values, width) => {
          const kept = values.map(value => BigInt.asIntN(8 * width, value))
          const bytes = new Uint8Array(Buffer.concat(kept.map(value => bigEndian(value, width))))
          const offsets = Int32Array.from({ length: kept.length + 1 }, (_, i) => width * i)
          const fits = kept.every(value => BigInt.asIntN(128, value) === value)
          for (const read of [
            () => wideDecimalsFixed(bytes, 0, bytes.length, kept.length, width),
            () => wideDecimalStrings(offsets, bytes, kept.length),
          ]) {
            if (fits) {
              const wide = read()
              const found = kept.map((_, i) =>
                wideDecimalAt(wide.bytes, wide.offsets[i]!, wide.offsets[i + 1]!),
              )
              expect(found).toEqual(kept)
            } else expect(read).toThrow(expect.objectContaining({ code: 'unsupported' }))
          }
        },
      ),
      cases(2000),
    )
  })

  it('have the bounds that BigInt finds', () => {
    fc.assert(
      fc.property(fc.array(bigInts(128), { minLength: 1, maxLength: 8 }), values => {
        const bytes = new Uint8Array(Buffer.concat(values.map(wideDecimalBytes)))
        const bounds = new BytesBounds('decimal')
        bounds.add(
          bytes,
          Int32Array.from({ length: values.length + 1 }, (_, i) => 16 * i),
          0,
          values.length,
        )
        const { min, max } = bounds.encode()!
        const sorted = values.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
        expect([wideDecimalAt(min, 0, 16), wideDecimalAt(max, 0, 16)]).toEqual([sorted[0], sorted.at(-1)])
      }),
      cases(1000),
    )
  })
})

const types = fc
  .tuple(fc.integer({ min: 19, max: 38 }), fc.nat({ max: 38 }))
  .map(([precision, scale]) => ({ precision, scale: Math.min(scale, precision) }))

/** The obvious text of value · 10^−scale. */
function decimalText(value: bigint, scale: number): string {
  const digits = String(value < 0n ? -value : value).padStart(scale + 1, '0')
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  return value < 0n ? `-${text}` : text
}

describe('decimals as values', () => {
  it('are read from JSON numbers and text as they are written there', () => {
    fc.assert(
      fc.property(types, bigInts(128), fc.boolean(), ({ precision, scale }, value, quoted) => {
        const rows = createJsonRows([{ name: 'd', type: { name: 'decimal', precision, scale } }])
        const text = decimalText(value, scale)
        const fault = rows.push(`{"d":${quoted ? `"${text}"` : text}}`)
        const most = 10n ** BigInt(precision)
        if (value >= most || value <= -most) {
          expect(fault).toMatch(/out of range/)
          return
        }
        expect(fault).toBeNull()
        const batch = rows.take()
        expect(valueAt(batch.columns[0]!, batch.schema[0]!.type, 0)).toBe(text)
      }),
      cases(2000),
    )
  })

  it('are ordered by value where they break ties, however many digits they have', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('decimal(18,3)', 'decimal(38,3)'),
        bigInts(59),
        bigInts(59),
        (text, a, b) => {
          const batch = batchOf([{ name: 'd', type: typeFromText(text)! }], { d: [a, b] })
          expect(compareValues(batch, 0, 0, batch, 1)).toBe(a < b ? -1 : a > b ? 1 : 0)
        },
      ),
      cases(500),
    )
  })

  it('widen to more digits and a finer scale without a change', () => {
    const from = fc
      .constantFrom(
        'int8',
        'int32',
        'int64',
        'uint8',
        'uint32',
        'uint64',
        'decimal(9,2)',
        'decimal(18,0)',
        'decimal(24,4)',
      )
      .map(text => typeFromText(text)!)
    fc.assert(
      fc.property(
        from,
        fc.array(fc.option(bigInts(80)), { maxLength: 5 }),
        fc.nat({ max: 14 }),
        (type, given, more) => {
          const scale = (type.name === 'decimal' ? type.scale : 0) + more
          const values = given.map(value => (value === null ? null : within(value, type)))
          const column: Column = batchOf([{ name: 'd', type }], { d: values }).columns[0]!
          const to = { name: 'decimal', precision: 38, scale } as const
          const wide = widenColumn(column, type, to)
          expect(wide.misfits).toEqual([])
          const found = values.map((_, row) => valueAt(wide.column, to, row))
          expect(found).toEqual(
            values.map(value => (value === null ? null : decimalText(value * 10n ** BigInt(more), scale))),
          )
        },
      ),
      cases(1000),
    )
  })
})

/** The value, brought into the range of the type. */
function within(value: bigint, type: ReturnType<typeof typeFromText> & {}): bigint {
  if (type.name === 'decimal') return value % 10n ** BigInt(type.precision)
  const bits = Number(/\d+/.exec(type.name)![0])
  return type.name.startsWith('u') ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value)
}
