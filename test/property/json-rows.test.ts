/**
 * JSON → columns against a slow twin: JSON.parse decides what is JSON, BigInt rationals what a number is,
 * Date what a time is.
 */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type ColumnType,
  createJsonRows,
  i64ToBigInt,
  type PlainValue,
  typeFromText,
  valueAt,
} from '../../src/core/batch/index.ts'

const CASES = { numRuns: Number(process.env.HINDCAST_CASES ?? 1000) }

/** Documents with one to three bytes or characters damaged, so that most are just not JSON. */
const nearlyJson = fc
  .tuple(
    fc.json({ maxDepth: 3 }),
    fc.array(
      fc.tuple(
        fc.nat(),
        fc.constantFrom(
          '',
          '"',
          '\\',
          '{',
          '}',
          '[',
          ']',
          ',',
          ':',
          '0',
          '.',
          'e',
          '-',
          'u',
          'n',
          ' ',
          '\n',
          'é',
          '\0',
        ),
      ),
      {
        maxLength: 3,
      },
    ),
    fc.boolean(),
  )
  .map(([json, edits, object]) => {
    let text = object ? `{"k":${json},"l":[${json}]}` : json
    for (const [at, insert] of edits) {
      const place = at % (text.length + 1)
      text = text.slice(0, place) + insert + text.slice(place + (at % 2))
    }
    return text
  })

/** Whether JSON.parse takes it as an object whose strings are all Unicode. */
function isObject(text: string): boolean {
  let wellFormed = text.isWellFormed()
  try {
    const value: unknown = JSON.parse(text, (key, inner: unknown) => {
      wellFormed &&= key.isWellFormed() && (typeof inner !== 'string' || inner.isWellFormed())
      return inner
    })
    return wellFormed && typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

describe('form', () => {
  it('is accepted exactly where JSON.parse accepts it as an object of Unicode text', () => {
    const rows = createJsonRows([])
    fc.assert(
      fc.property(nearlyJson, text => {
        expect(rows.push(text) === null).toBe(isObject(text))
      }),
      { numRuns: 5 * CASES.numRuns },
    )
  })

  it('never throws on any bytes, and bytes and text agree', () => {
    const schema = [{ name: 'a', type: { name: 'utf8' } }] as const
    const fromText = createJsonRows(schema)
    const fromBytes = createJsonRows(schema)
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.constantFrom('', '{"a":"', '{"a":', '{"'),
        (tail, head) => {
          const bytes = Buffer.concat([Buffer.from(head), tail, Buffer.from('"}')])
          const reason = fromBytes.pushBytes(bytes, 0, bytes.length)
          if (bytes.equals(Buffer.from(bytes.toString('utf8'))))
            expect(fromText.push(bytes.toString('utf8'))).toBe(reason)
        },
      ),
      CASES,
    )
  })
})

const numberText = fc.oneof(
  fc.bigInt({ min: -(2n ** 65n), max: 2n ** 65n }).map(String),
  fc.integer({ min: -300, max: 300 }).map(String),
  fc.constantFrom(
    ...[7n, 8n, 15n, 16n, 31n, 32n, 53n, 63n, 64n].flatMap(bits =>
      [-1n, 0n, 1n].flatMap(d => [String(2n ** bits + d), String(-(2n ** bits) + d)]),
    ),
  ),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(value => JSON.stringify(value)),
  fc
    .tuple(
      fc.boolean(),
      fc.bigInt({ min: 0n, max: 10n ** 25n }),
      fc.option(fc.stringMatching(/^[0-9]{1,25}$/)),
      fc.option(fc.integer({ min: -30, max: 30 })),
    )
    .map(
      ([minus, whole, fraction, exponent]) =>
        `${minus ? '-' : ''}${whole}${fraction === null ? '' : `.${fraction}`}${exponent === null ? '' : `e${exponent}`}`,
    ),
)

/** number · 10^scale as a BigInt, or null where digits would be cut. */
function scaled(text: string, scale: number): bigint | null {
  const [, minus, whole, fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(
    text,
  )!
  const digits = BigInt(whole! + fraction)
  const power = Number(exponent) - fraction.length + scale
  const divisor = 10n ** BigInt(Math.max(0, -power))
  if (digits % divisor !== 0n) return null
  const value = (digits / divisor) * 10n ** BigInt(Math.max(0, power))
  return minus === '-' ? -value : value
}

const RANGES: readonly (readonly [type: string, min: bigint, max: bigint])[] = [
  ...[8n, 16n, 32n, 64n].flatMap(bits => [
    [`int${bits}`, -(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n] as const,
    [`uint${bits}`, 0n, 2n ** bits - 1n] as const,
  ]),
  ['timestamp[us]', -(2n ** 63n), 2n ** 63n - 1n],
  ['decimal(18,0)', -(10n ** 18n) + 1n, 10n ** 18n - 1n],
  ['decimal(18,6)', -(10n ** 18n) + 1n, 10n ** 18n - 1n],
  ['decimal(4,4)', -9999n, 9999n],
  ['decimal(19,2)', -(10n ** 19n) + 1n, 10n ** 19n - 1n],
  ['decimal(38,0)', -(10n ** 38n) + 1n, 10n ** 38n - 1n],
  ['decimal(38,20)', -(10n ** 38n) + 1n, 10n ** 38n - 1n],
  ['time[ms]', 0n, 86_400_000n],
  ['time[ns]', 0n, 86_400_000_000_000n],
]

/** The one value that `json` becomes: whole numbers as BigInt, others plain; undefined where it is refused. */
function pushed(type: ColumnType, json: string): PlainValue | undefined {
  const rows = createJsonRows([{ name: 'c', type }])
  if (rows.push(`{"c":${json}}`) !== null) return undefined
  const column = rows.take().columns[0]!
  if (column.kind === 'i64') return i64ToBigInt(column.values[0]!, column.values[1]!, type.name === 'uint64')
  if (column.kind === 'i32')
    return type.name === 'uint32' ? BigInt(column.values[0]! >>> 0) : BigInt(column.values[0]!)
  const value = valueAt(column, type, 0)
  return type.name === 'decimal' ? BigInt(String(value).replace('.', '')) : value
}

describe('numbers', () => {
  it('become whole numbers and decimals exactly, or are refused', () => {
    fc.assert(
      fc.property(fc.constantFrom(...RANGES), numberText, ([typeName, min, max], text) => {
        const type = typeFromText(typeName)!
        const exact = scaled(text, type.name === 'decimal' ? type.scale : 0)
        const expected = exact === null || exact < min || exact > max ? undefined : exact
        expect(pushed(type, text)).toBe(expected)
      }),
      { numRuns: 5 * CASES.numRuns },
    )
  })

  it('become the nearest float64, as Number does', () => {
    fc.assert(
      fc.property(numberText, text => {
        expect(pushed({ name: 'float64' }, text)).toBe(
          Number.isFinite(Number(text)) ? Number(text) : undefined,
        )
      }),
      { numRuns: 5 * CASES.numRuns },
    )
  })
})

describe('text', () => {
  it('survives the way through JSON.stringify, escaped or not', () => {
    const escapeAll = (text: string) =>
      `"${Array.from({ length: text.length }, (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`).join('')}"`
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), text => {
        expect(pushed({ name: 'utf8' }, JSON.stringify(text))).toBe(text)
        expect(pushed({ name: 'utf8' }, escapeAll(text))).toBe(text)
      }),
      CASES,
    )
  })

  it('of times is what Date says', () => {
    const zone = fc.integer({ min: -1439, max: 1439 })
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), zone, (date, minutes) => {
        expect(pushed(typeFromText('timestamp[ms, UTC]')!, JSON.stringify(date))).toBe(BigInt(date.getTime()))
        const shifted = new Date(date.getTime() + minutes * 60_000)
        if (Number.isNaN(shifted.getTime())) return
        const size = Math.abs(minutes)
        const name = `${minutes < 0 ? '-' : '+'}${String(Math.floor(size / 60)).padStart(2, '0')}:${String(size % 60).padStart(2, '0')}`
        const text = shifted.toISOString().replace('Z', name)
        expect(pushed(typeFromText('timestamp[us]')!, `"${text}"`)).toBe(BigInt(date.getTime()) * 1000n)
        const day = date.toISOString().replace(/T.*/, '')
        expect(pushed({ name: 'date' }, `"${day}"`)).toBe(BigInt(Math.floor(date.getTime() / 86_400_000)))
      }),
      CASES,
    )
  })

  it('of times of day is what Date says', () => {
    const clock = fc.integer({ min: 0, max: 86_399_999 })
    fc.assert(
      fc.property(clock, ms => {
        const text = `"${new Date(ms).toISOString().slice(11, -1)}"`
        expect(pushed(typeFromText('time[ms]')!, text)).toBe(BigInt(ms))
        expect(pushed(typeFromText('time[ns, UTC]')!, text.replace(/"$/, 'Z"'))).toBe(BigInt(ms) * 1_000_000n)
        expect(pushed(typeFromText('time[ms]')!, text.replace('.', ':'))).toBeUndefined()
      }),
      CASES,
    )
  })

  it('of bytes is what Buffer makes of base64', () => {
    const type = { name: 'binary' } as const
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), bytes => {
        const text = Buffer.from(bytes).toString('base64')
        expect(pushed(type, JSON.stringify(text))).toBe(text)
      }),
      CASES,
    )
  })
})
