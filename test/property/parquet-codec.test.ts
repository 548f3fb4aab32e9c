/**
 * The kernels against slow twins, on right and on hostile bytes. The hostile cases go to the WebAssembly itself, with
 * memory laid out by the test, so that a byte written outside of a region and its slack is seen.
 */

import fc from 'fast-check'
import { snappyUncompress } from 'hyparquet'
import { describe, expect, it } from 'vitest'
import type { Kernels } from '../../src/parquet/codec/kernel-memory.ts'
import { KernelMemory } from '../../src/parquet/codec/kernel-memory.ts'
import {
  gatherStrings,
  lz4Compress,
  lz4Decompress,
  packStrings,
  StringDictionary,
  snappyCompress,
  snappyDecompress,
  unpackStrings,
} from '../../src/parquet/codec/kernels.ts'
import { cases } from './cases.ts'
import {
  type SnappyElement,
  twinLz4Decompress,
  twinSnappyBlock,
  twinSnappyDecompress,
} from './parquet-codec-twin.ts'

const bytes = fc.uint8Array({ maxLength: 400, size: 'max' })
/** Bytes with many matches, near and far, short and long. */
const repetitive = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 40 })), {
    maxLength: 30,
    size: 'max',
  })
  .map(parts => new Uint8Array(Buffer.concat(parts.flatMap(([part, times]) => Array(times).fill(part)))))
const content = fc.oneof(bytes, repetitive)

const element: fc.Arbitrary<SnappyElement> = fc.oneof(
  fc.record({
    kind: fc.constant('literal' as const),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 90, size: 'max' }),
  }),
  fc.record({
    kind: fc.constant('copy' as const),
    form: fc.constantFrom(1 as const, 2 as const, 3 as const),
    distance: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 1, max: 3000 })),
    size: fc.nat({ max: 255 }),
  }),
)

/** One change of a stream: a byte, an end, a piece. */
const damage = fc.tuple(
  fc.nat(),
  fc.integer({ min: 0, max: 255 }),
  fc.constantFrom('set', 'cut', 'drop', 'flip'),
)

function damaged(input: Uint8Array, changes: readonly [number, number, string][]): Uint8Array {
  let result = Uint8Array.from(input)
  for (const [where, value, how] of changes) {
    if (result.length === 0) break
    const at = where % result.length
    if (how === 'set') result[at] = value
    else if (how === 'flip') result[at] = result[at]! ^ (1 << (value % 8))
    else if (how === 'cut') result = result.slice(0, at)
    else result = Uint8Array.from([...result.subarray(0, at), ...result.subarray(at + 1 + (value % 4))])
  }
  return result
}

const GUARD = 0xa5
const SLACK = 64
/** A memory of its own: input at the start of the regions, then output, its slack, and guards around both. */
const guarded = new KernelMemory()
const REGION = 128 * 1024
const GUARD_BYTES = 4096

/** Runs a decoder of the module with guards around its output; gives the output, or the failure. */
function runGuarded(
  input: Uint8Array,
  size: number,
  run: (kernels: Kernels, from: number, to: number) => number,
): Uint8Array | number {
  const memory = new Uint8Array(guarded.kernels.memory.buffer)
  const from = REGION
  const to = from + input.length + SLACK + GUARD_BYTES
  memory.fill(GUARD, from - GUARD_BYTES, to + size + SLACK + GUARD_BYTES)
  memory.set(input, from)
  const before = memory.slice(from - GUARD_BYTES, to)
  const written = run(guarded.kernels, from, to)
  expect(Buffer.compare(memory.subarray(from - GUARD_BYTES, to), before)).toBe(0)
  const behind = memory.subarray(to + size + SLACK, to + size + SLACK + GUARD_BYTES)
  expect(behind.every(byte => byte === GUARD)).toBe(true)
  return written < 0 ? written : memory.slice(to, to + written)
}

const snappyGuarded = (input: Uint8Array, preamble: number, size: number): Uint8Array | number =>
  runGuarded(input, size, (kernels, from, to) =>
    kernels.snappyDecompress(from + preamble, from + input.length, to, to + size),
  )
const lz4Guarded = (input: Uint8Array, size: number): Uint8Array | number =>
  runGuarded(input, size, (kernels, from, to) =>
    kernels.lz4Block(from, from + input.length, to, to + size, to),
  )

describe('Snappy', () => {
  it('compresses to what hyparquet, the twin and the kernel decompress', () => {
    fc.assert(
      fc.property(content, input => {
        const compressed = snappyCompress(input).slice()
        const theirs = new Uint8Array(input.length)
        if (input.length > 0) snappyUncompress(compressed, theirs)
        expect(theirs).toEqual(input)
        expect(twinSnappyDecompress(compressed, input.length)).toEqual(input)
        expect(snappyDecompress(compressed, input.length).slice()).toEqual(input)
      }),
      cases(1000),
    )
  })

  it('decompresses any elements', () => {
    fc.assert(
      fc.property(fc.array(element, { maxLength: 60, size: 'max' }), elements => {
        const { input, output } = twinSnappyBlock(elements)
        expect(snappyDecompress(input, output.length).slice()).toEqual(output)
      }),
      cases(2000),
    )
  })

  it('answers damaged blocks as the twin does, and writes nowhere else', () => {
    const changes = fc.array(damage, { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(fc.array(element, { maxLength: 30, size: 'max' }), changes, (elements, how) => {
        const { input, output } = twinSnappyBlock(elements)
        const preamble = output.length < 128 ? 1 : 2
        const hostile = damaged(input.subarray(preamble), how)
        const whole = Uint8Array.from([...input.subarray(0, preamble), ...hostile])
        const expected = twinSnappyDecompress(whole, output.length)
        const got = snappyGuarded(whole, preamble, output.length)
        if (expected !== null) expect(got).toEqual(expected)
        else if (typeof got !== 'number') expect(got.length).toBeLessThan(output.length)
        expect(answer(() => snappyDecompress(whole, output.length))).toEqual(expected)
      }),
      cases(3000),
    )
  })

  it('answers bytes of chance as the twin does, and writes nowhere else', () => {
    fc.assert(
      fc.property(bytes, fc.nat({ max: 500 }), (hostile, size) => {
        const preamble = size < 128 ? [size] : [(size % 128) + 128, size >> 7]
        const whole = Uint8Array.from([...preamble, ...hostile])
        const got = snappyGuarded(whole, preamble.length, size)
        const expected = twinSnappyDecompress(whole, size)
        if (expected !== null) expect(got).toEqual(expected)
        expect(answer(() => snappyDecompress(whole, size))).toEqual(expected)
        expect(answer(() => snappyDecompress(hostile, size))).toEqual(twinSnappyDecompress(hostile, size))
      }),
      cases(3000),
    )
  })
})

describe('LZ4', () => {
  it('compresses to what the twin and the kernel decompress', () => {
    fc.assert(
      fc.property(content, input => {
        const compressed = lz4Compress(input).slice()
        expect(twinLz4Decompress(compressed, input.length)).toEqual(input)
        expect(lz4Decompress(compressed, input.length).slice()).toEqual(input)
      }),
      cases(1000),
    )
  })

  it('answers damaged blocks and bytes of chance as the twin does, and writes nowhere else', () => {
    const changes = fc.array(damage, { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(content, changes, bytes, (input, how, chance) => {
        for (const hostile of [damaged(lz4Compress(input), how), chance]) {
          const expected = twinLz4Decompress(hostile, input.length)
          const got = lz4Guarded(hostile, input.length)
          if (expected !== null) expect(got).toEqual(expected)
          else expect(got).toBeTypeOf('number')
          const exact = expected?.length === input.length ? expected : null
          expect(answer(() => lz4Decompress(hostile, input.length))).toEqual(exact)
          for (const framing of ['hadoop', 'frames'] as const)
            expect(answer(() => lz4Decompress(hostile, input.length, framing))).toSatisfy(
              (output: Uint8Array | null) => output === null || output.length === input.length,
            )
        }
      }),
      cases(3000),
    )
  })
})

describe('strings', () => {
  const strings = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 60, size: 'max' })

  it('pack and unpack any range, nulls left out', () => {
    fc.assert(
      fc.property(strings, fc.nat(), fc.nat(), fc.boolean(), (all, a, b, hasNulls) => {
        const [from, to] = [a % (all.length + 1), b % (all.length + 1)].sort((x, y) => x - y) as [
          number,
          number,
        ]
        const valid = hasNulls ? Uint8Array.from(all, (_, i) => (i % 3 === 1 ? 0 : 1)) : null
        const values = all.map((value, i) => (valid?.[i] === 0 ? new Uint8Array(0) : value))
        const { offsets, arena } = arenaOf(values)
        const kept = values.slice(from, to).filter((_, i) => valid?.[from + i] !== 0)
        const page = packStrings(offsets, arena, from, to, valid)
        expect(page.slice()).toEqual(plainPage(kept))
        // The page is unpacked where it lies.
        const unpacked = unpackStrings(page, kept.length)
        expect(listOf(unpacked.offsets, unpacked.bytes)).toEqual(kept)
        expect(unpacked.consumed).toBe(plainPage(kept).length)
      }),
      cases(1000),
    )
  })

  it('answer damaged pages as a walk over them does', () => {
    fc.assert(
      fc.property(strings, fc.array(damage, { maxLength: 3 }), fc.nat({ max: 70 }), (all, how, count) => {
        const hostile = damaged(plainPage(all), how)
        const got = answer(() => {
          const { offsets, bytes: unpacked } = unpackStrings(hostile, count)
          return listOf(offsets, unpacked)
        })
        expect(got).toEqual(walkPlain(hostile, count))
      }),
      cases(2000),
    )
  })

  it('gather as a look-up does, and refuse any code that is not there', () => {
    fc.assert(
      fc.property(
        strings,
        fc.array(fc.nat(), { maxLength: 100, size: 'max' }),
        fc.integer(),
        (all, picks, bad) => {
          const { offsets, arena } = arenaOf(all)
          const dictionary = new StringDictionary(offsets, arena)
          const codes = Int32Array.from(all.length === 0 ? [] : picks, pick => pick % all.length)
          // The second time the dictionary is in the kernels' memory already.
          for (let time = 0; time < 2; time++) {
            const gathered = gatherStrings(dictionary, codes)
            expect(listOf(gathered.offsets, gathered.bytes)).toEqual(Array.from(codes, code => all[code]))
            snappyDecompress(snappyCompress(Buffer.alloc(5000, 'x')).slice(), 5000)
          }
          if (bad >= 0 && bad < all.length) return
          expect(answer(() => gatherStrings(dictionary, Int32Array.from([...codes, bad])))).toBeNull()
        },
      ),
      cases(1000),
    )
  })
})

/** What `run` gives, copied; null where it says that the file is corrupt. Any other error is thrown on. */
function answer<Result>(run: () => Result): Result | null {
  try {
    const result = run()
    return result instanceof Uint8Array ? (Uint8Array.from(result) as Result) : result
  } catch (thrown) {
    if ((thrown as { code?: string }).code === 'file-corrupt') return null
    throw thrown
  }
}

function plainPage(values: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(values.flatMap(value => [value.length % 256, value.length >> 8, 0, 0, ...value]))
}

function walkPlain(page: Uint8Array, count: number): Uint8Array[] | null {
  const values: Uint8Array[] = []
  let at = 0
  for (let i = 0; i < count; i++) {
    if (at + 4 > page.length) return null
    const size = page[at]! + 256 * page[at + 1]! + 65536 * page[at + 2]! + 2 ** 24 * page[at + 3]!
    at += 4
    if (at + size > page.length) return null
    values.push(Uint8Array.from(page.subarray(at, at + size)))
    at += size
  }
  return values
}

function arenaOf(values: readonly Uint8Array[]): { offsets: Int32Array; arena: Uint8Array } {
  const offsets = new Int32Array(values.length + 1)
  for (let i = 0; i < values.length; i++) offsets[i + 1] = offsets[i]! + values[i]!.length
  return { offsets, arena: new Uint8Array(Buffer.concat(values)) }
}

function listOf(offsets: Int32Array, arena: Uint8Array): Uint8Array[] {
  return Array.from({ length: offsets.length - 1 }, (_, i) =>
    Uint8Array.from(arena.subarray(offsets[i]!, offsets[i + 1]!)),
  )
}
