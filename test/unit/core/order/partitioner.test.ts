import { describe, expect, it } from 'vitest'
import {
  crc32,
  fnv1a,
  keyBytes,
  keyPartitions,
  keyText,
  murmur2,
  partitionOfKey,
} from '../../../../src/core/order/index.ts'
import { int64Column, utf8Column } from '../../../property/history-fixture.ts'

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text)

describe('partitioners', () => {
  // Vectors of Apache Kafka's UtilsTest.testMurmur2
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('murmur2 of %s is that of Kafka', (text, hash) => {
    expect(murmur2(bytes(text), 0, bytes(text).length)).toBe(hash)
    expect(partitionOfKey(bytes(text), 'murmur2', 8)).toBe((hash & 0x7fffffff) % 8)
  })

  it('crc32 and fnv1a have their published check values', () => {
    expect(crc32(bytes('123456789'), 0, 9) >>> 0).toBe(0xcbf43926)
    expect(fnv1a(bytes('foobar'), 0, 6) >>> 0).toBe(0xbf9cf968)
    expect(partitionOfKey(bytes('123456789'), 'crc32', 7)).toBe(0xcbf43926 % 7)
  })
})

describe('key bytes', () => {
  it.each([
    [['AB'], 'text', 'AB'],
    [[7n], 'text', '7'],
    [[true], 'text', 'true'],
    [['a"b', 3n, null], 'text', '["a\\"b",3,null]'],
    [['a'], 'json', '"a"'],
    [['a', 1n], 'json', '["a",1]'],
  ] as const)('%s under %s', (values, encoding, text) => {
    expect(new TextDecoder().decode(keyBytes(values, encoding)!)).toBe(text)
  })

  it('int32 and int64 are big-endian', () => {
    expect([...keyBytes([258], 'int32')!]).toEqual([0, 0, 1, 2])
    expect([...keyBytes([-2n], 'int64')!]).toEqual([255, 255, 255, 255, 255, 255, 255, 254])
    expect(() => keyBytes(['x'], 'int64')).toThrow(/whole-number key/)
  })

  it('all null has no bytes', () => {
    expect(keyBytes([null, null], 'text')).toBeNull()
    expect(keyText([null])).toBeNull()
  })
})

describe('keyPartitions', () => {
  const spec = { key: ['k'], keyEncoding: 'text', partitioner: 'murmur2', partitions: 5 } as const

  it('hashes int keys as their decimal text, and counts null keys into partition 0', () => {
    const values = [0, 7, -1, 2147483647, -2147483648, 4294967296, 9007199254740991, -9007199254740991, null]
    const batch = {
      schema: [{ name: 'k', type: { name: 'int64' } }],
      rows: values.length,
      columns: [int64Column(values)],
    } as const
    const expected = values.map(value =>
      value === null ? 0 : partitionOfKey(bytes(String(value)), 'murmur2', 5),
    )
    expect(keyPartitions(batch, spec)).toEqual({ partition: Int32Array.from(expected), nullKeys: 1 })
  })

  it('hashes utf8 keys as they are', () => {
    const values = ['', 'a', 'ünï', null, 'long enough for several words']
    const batch = {
      schema: [{ name: 'k', type: { name: 'utf8' } }],
      rows: values.length,
      columns: [utf8Column(values)],
    } as const
    const expected = values.map(value => (value === null ? 0 : partitionOfKey(bytes(value), 'murmur2', 5)))
    expect(keyPartitions(batch, spec)).toEqual({ partition: Int32Array.from(expected), nullKeys: 1 })
  })

  it('takes the column itself, and refuses a number that is no partition', () => {
    const batch = {
      schema: [{ name: 'k', type: { name: 'int64' } }],
      rows: 2,
      columns: [int64Column([4, 5])],
    } as const
    expect(() => keyPartitions(batch, { ...spec, partitioner: 'column' })).toThrow(/holds 5/)
    expect([...keyPartitions(batch, { ...spec, partitioner: 'column', partitions: 6 }).partition]).toEqual([
      4, 5,
    ])
  })
})
