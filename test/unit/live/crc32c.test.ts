import { describe, expect, it } from 'vitest'
import { crc32c } from '../../../src/live/crc32c.ts'

/** Bit by bit, as the definition has it. */
function slowCrc32c(bytes: Uint8Array): number {
  let state = 0xffffffff
  for (const byte of bytes) {
    state ^= byte
    for (let bit = 0; bit < 8; bit++) state = (state & 1) === 1 ? (state >>> 1) ^ 0x82f63b78 : state >>> 1
  }
  return ~state >>> 0
}

/** The PDU of an iSCSI SCSI read command. */
const READ_COMMAND = Buffer.from(
  '01c000000000000000000000000000001400000000000400000000140000001828000000000000000200000000000000',
  'hex',
)

describe('crc32c', () => {
  it.each([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(255), 0x62a8ab43],
    ['32 rising', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['32 falling', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    ['an iSCSI read command', READ_COMMAND, 0xd9963a56],
    ['123456789', new TextEncoder().encode('123456789'), 0xe3069283],
    ['nothing', new Uint8Array(0), 0],
  ])('has the value of RFC 3720 B.4 and its like for %s', (_what, bytes, crc) => {
    expect(crc32c(bytes, 0, bytes.length)).toBe(crc)
  })

  it('is the same for every length and alignment as bit by bit, and can be continued anywhere', () => {
    const bytes = Uint8Array.from({ length: 120 }, (_, i) => Math.imul(i + 1, 2654435761) >>> 24)
    for (let start = 0; start < 9; start++) {
      for (let end = start; end <= bytes.length; end += 3) {
        const expected = slowCrc32c(bytes.subarray(start, end))
        expect(crc32c(bytes, start, end)).toBe(expected)
        const middle = start + ((end - start) >> 1)
        expect(crc32c(bytes, middle, end, crc32c(bytes, start, middle))).toBe(expected)
        expect(crc32c(bytes.subarray(start), 0, end - start)).toBe(expected)
      }
    }
  })
})
