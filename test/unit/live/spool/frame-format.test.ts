import { describe, expect, it } from 'vitest'
import { LIMITS } from '../../../../src/limits.ts'
import { crc32c } from '../../../../src/live/crc32c.ts'
import type { RawRecords } from '../../../../src/live/source.ts'
import {
  endFrame,
  FRAME_HEAD_BYTES,
  frameLength,
  readFrame,
  readFrameHead,
  writeRecordsFrame,
} from '../../../../src/live/spool/frame-format.ts'

const RAW: RawRecords = {
  offset: 2 ** 40 - 3,
  offsetNext: 2 ** 40 + 5,
  leaderEpoch: 7,
  aborted: [
    { producerId: 2 ** 33, firstOffset: 12 },
    { producerId: 0, firstOffset: 2 ** 53 - 1 },
  ],
  records: Uint8Array.from({ length: 100 }, (_, i) => i),
}

function frameOf(raw: RawRecords = RAW, partition = 3): Uint8Array {
  const target = new Uint8Array(frameLength(raw) + 10)
  return target.subarray(0, writeRecordsFrame(raw, partition, target))
}

/** With its CRC made right again. */
function lying(change: (view: DataView) => void): Uint8Array {
  const bytes = frameOf()
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  change(view)
  view.setUint32(4, crc32c(bytes, 8, bytes.length))
  return bytes
}

describe('a frame', () => {
  it('is what was written', () => {
    expect(readFrame(frameOf(), 3)).toEqual({ ...RAW, isEnd: false })
    const none = { ...RAW, aborted: null, leaderEpoch: -1, records: RAW.records.subarray(0, 1) }
    expect(readFrame(frameOf(none), 3)).toEqual({ ...none, isEnd: false })
    const empty = { ...none, aborted: [] }
    expect(readFrame(frameOf(empty), 3)).toEqual({ ...empty, isEnd: false })
  })

  it('has its bytes where the drawing says', () => {
    const bytes = frameOf()
    expect(Buffer.from(bytes.subarray(0, 4)).toString()).toBe('HSPL')
    expect(bytes.length).toBe(FRAME_HEAD_BYTES + 2 * 16 + 100)
    expect(readFrameHead(bytes)).toEqual({
      length: bytes.length,
      isEnd: false,
      offset: RAW.offset,
      offsetNext: RAW.offsetNext,
      leaderEpoch: 7,
    })
  })

  it('may be the end of a copy', () => {
    expect(readFrame(endFrame(3, 99, 4), 3)).toEqual({
      isEnd: true,
      offset: 99,
      offsetNext: 99,
      leaderEpoch: 4,
      aborted: null,
      records: new Uint8Array(0),
    })
  })

  it.each([
    ['that does not begin with its magic', () => frameOf().fill(0, 0, 4), /no frame begins here/],
    ['of a length below its head', () => lying(view => view.setUint32(8, 43)), /cannot be 43 bytes/],
    [
      'of a length beyond any fetch',
      () => lying(view => view.setUint32(8, LIMITS.spoolFrameBytesMax + 1)),
      /bytes long/,
    ],
    ['that is cut', () => frameOf().subarray(0, 60), /is cut at 60/],
    ['of another version', () => lying(view => view.setUint8(12, 2)), /version 2/],
    ['of a kind that is not known', () => lying(view => view.setUint8(13, 9)), /kind 9/],
    ['of another partition', () => frameOf(RAW, 4), /of partition 4, not of 3/],
    ['of offsets that fall', () => lying(view => view.setInt32(32, 0)), /cannot hold offsets/],
    ['of a negative offset', () => lying(view => view.setInt32(24, -1)), /cannot hold offsets/],
    ['of more transactions than bytes', () => lying(view => view.setInt32(40, 9)), /cannot list 9/],
    ['of 2^31 transactions', () => lying(view => view.setInt32(40, 2 ** 31 - 1)), /cannot list 2147483647/],
    ['of -2 transactions', () => lying(view => view.setInt32(40, -2)), /cannot list -2/],
  ])('%s is damage', (_, make, message) => {
    expect(() => readFrame(make(), 3)).toThrow(
      expect.objectContaining({ code: 'output-corrupt', message: expect.stringMatching(message) }),
    )
  })

  it('changed in any bit is damage', () => {
    const whole = frameOf()
    for (let bit = 0; bit < 8 * whole.length; bit++) {
      const bytes = whole.slice()
      bytes[bit >> 3] ^= 1 << (bit & 7)
      expect(() => readFrame(bytes, 3)).toThrow()
    }
  })
})
