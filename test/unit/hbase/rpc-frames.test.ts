import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ProtoReader, ProtoWriter, varintBytes } from '../../../src/hbase/proto-bytes.ts'
import { openingBytes, parseReply, ReplyFrames, requestPieces } from '../../../src/hbase/rpc-frames.ts'
import { cases } from '../../property/cases.ts'
import { framed, replyBytes } from './hostile-cluster.ts'

describe('frames', () => {
  it('come whole, however the stream is cut; those that are too long are told by their number', () => {
    const sizes = fc.array(fc.integer({ min: 2, max: 40 }), { minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(sizes, fc.array(fc.integer({ min: 1, max: 17 }), { minLength: 1 }), (lengths, cuts) => {
        const bodies = lengths.map((length, i) =>
          Buffer.concat([Buffer.of(2, 8, i + 1), Buffer.alloc(length, i)]),
        )
        const stream = Buffer.concat(bodies.map(framed))
        const seen: string[] = []
        const frames = new ReplyFrames(20, {
          onFrame: frame => seen.push(frame.toString('hex')),
          onDropped: (size, callId) => seen.push(`${size} of ${callId}`),
        })
        for (let at = 0, i = 0; at < stream.length; i++) {
          const to = at + cuts[i % cuts.length]!
          frames.push(stream.subarray(at, to))
          at = to
        }
        expect(seen).toEqual(
          bodies.map((body, i) => (body.length <= 20 ? body.toString('hex') : `${body.length} of ${i + 1}`)),
        )
      }),
      cases(),
    )
  })

  it('take no memory for what is too long', () => {
    const frames = new ReplyFrames(1000, { onFrame: () => undefined, onDropped: () => undefined })
    const before = process.memoryUsage().arrayBuffers
    frames.push(Buffer.from([0xff, 0xff, 0xff, 0xff, 1, 2, 3]))
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000)
  })

  it('have header, answer and cells', () => {
    const cells = Buffer.from('cells')
    const reply = parseReply(replyBytes(300, { message: Buffer.from([8, 5]), cells }).subarray(4))
    expect([reply.callId, reply.exception, reply.frame.subarray(reply.cellsFrom).toString()]).toEqual([
      300,
      null,
      'cells',
    ])
    expect([reply.answer.next(), reply.answer.field, reply.answer.uint(), reply.answer.next()]).toEqual([
      true,
      1,
      5,
      false,
    ])
    const { exception } = parseReply(
      replyBytes(1, { exception: { className: 'a.B', text: 'why' } }).subarray(4),
    )
    expect(exception).toMatchObject({ className: 'a.B', text: 'why', doNotRetry: false })
  })

  it('refuse cells that are longer than the frame', () => {
    const header = new ProtoWriter()
      .uint(1, 1)
      .message(3, meta => meta.uint(1, 2 ** 31))
      .finish()
    const frame = Buffer.concat([Buffer.of(header.length), header, Buffer.of(0)])
    expect(() => parseReply(frame)).toThrow(/2147483648 bytes of cells are claimed/)
  })

  it('open with the words that the protocol wants, and carry requests', () => {
    const opening = openingBytes('ClientService', 'ann')
    expect(opening.subarray(0, 6)).toEqual(Buffer.from([0x48, 0x42, 0x61, 0x73, 0, 0x50]))
    expect(opening.readUInt32BE(6)).toBe(opening.length - 10)
    expect(opening.toString('latin1')).toMatch(/ann.*ClientService.*KeyValueCodec/s)
    const pieces = requestPieces({
      callId: 5,
      method: 'Multi',
      parameter: Buffer.from('body'),
      timeoutMs: 9.5,
    })
    const whole = Buffer.concat(pieces)
    expect(whole.readUInt32BE(0)).toBe(whole.length - 4)
    expect(whole.toString('latin1')).toMatch(/Multi.*body$/s)
  })
})

describe('protobuf', () => {
  it('reads what it writes', () => {
    const number = fc.oneof(fc.nat(), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }))
    fc.assert(
      fc.property(number, fc.uint8Array({ maxLength: 300 }), fc.boolean(), (value, bytes, flag) => {
        const written = new ProtoWriter(1)
          .uint(1, value)
          .bytes(2, bytes)
          .message(3, inner => inner.bool(1, flag))
          .finish()
        const reader = new ProtoReader(written)
        const seen: unknown[] = []
        while (reader.next()) {
          if (reader.field === 1) seen.push(reader.uint())
          else if (reader.field === 2) seen.push(Uint8Array.from(reader.bytes()))
          else {
            const inner = reader.message()
            while (inner.next()) seen.push(inner.bool())
          }
        }
        expect(seen).toEqual([value, bytes, flag])
        expect(varintBytes(value)).toBe(new ProtoWriter().varint(value).length)
      }),
      cases(),
    )
  })

  it('steps over what it does not know', () => {
    const written = Buffer.from([8, 1, 17, 1, 2, 3, 4, 5, 6, 7, 8, 26, 2, 9, 9, 37, 1, 2, 3, 4, 40, 7])
    const reader = new ProtoReader(written)
    const fields: number[] = []
    while (reader.next()) fields.push(reader.field)
    expect(fields).toEqual([1, 2, 3, 4, 5])
  })

  it('ends in a typed error or at the end, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), bytes => {
        const reader = new ProtoReader(Buffer.from(bytes))
        try {
          while (reader.next()) if (reader.field % 2 === 0) reader.message()
          expect(reader.at).toBe(bytes.length)
        } catch (error) {
          expect(error).toMatchObject({ code: 'reply-invalid' })
        }
      }),
      cases(),
    )
  })
})
