/**
 * The frame of HBase's RPC: calls → bytes, and bytes of a connection → replies. No I/O.
 *
 *     open     := "HBas" 00 50, size u32, ConnectionHeader         50: simple authentication
 *     request  := size u32, delimited RequestHeader, delimited parameter
 *     reply    := size u32, delimited ResponseHeader, [delimited answer], cell block
 *     cells    of a reply are its last `cell_block_meta.length` bytes
 *
 * Invariants: the size is checked before memory is taken for a reply; the memory of one belongs to it alone, so that
 * values may be views of it. A reply that is too long is let pass and dropped, and told by its call's number, so that
 * only that call fails. Source: RPC.proto and "RPC spec" of the book of Apache HBase 2.6.
 */

import { ProtoReader, ProtoWriter, strange, varintBytes } from './proto-bytes.ts'

const SIZE_BYTES = 4
/** Of a reply that is dropped, so much is kept to tell whose it is. */
const HEAD_BYTES = 16 * 1024
const NONE = Buffer.alloc(0)

/** A service of a server of HBase; a connection is to one of them. */
export type ServiceName = 'ClientService' | 'ClientMetaService' | 'MasterService' | 'AdminService'

export function openingBytes(service: ServiceName, user: string): Buffer {
  const header = new ProtoWriter()
    .message(1, info => info.bytes(1, user))
    .bytes(2, service)
    .bytes(3, 'org.apache.hadoop.hbase.codec.KeyValueCodec')
    .finish()
  const size = Buffer.alloc(SIZE_BYTES)
  size.writeUInt32BE(header.length)
  return Buffer.concat([Buffer.from([0x48, 0x42, 0x61, 0x73, 0, 0x50]), size, header])
}

export interface Request {
  readonly callId: number
  readonly method: string
  readonly parameter: Uint8Array
  /** The server drops the call where it waits longer for its turn, ms. */
  readonly timeoutMs: number
}

/** Two pieces: the parameter is not copied. */
export function requestPieces({ callId, method, parameter, timeoutMs }: Request): [Buffer, Uint8Array] {
  const header = new ProtoWriter()
    .uint(1, callId)
    .bytes(3, method)
    .bool(4, true)
    .uint(7, Math.max(1, Math.ceil(timeoutMs)))
    .finish()
  const size = varintBytes(header.length) + header.length + varintBytes(parameter.length) + parameter.length
  const head = new ProtoWriter()
    .raw(Buffer.of(size >>> 24, (size >>> 16) & 255, (size >>> 8) & 255, size & 255))
    .varint(header.length)
    .raw(header)
    .varint(parameter.length)
    .finish()
  return [head, parameter]
}

/** What a server raised: the name of a Java class and what it printed. */
export interface RemoteException {
  readonly className: string
  readonly text: string
  readonly doNotRetry: boolean
  /** Where the region is now, if it was moved. */
  readonly host: string | null
  readonly port: number | null
}

export interface Reply {
  readonly callId: number
  readonly exception: RemoteException | null
  /** The whole reply. */
  readonly frame: Buffer
  /** Of the answer; nothing is in it where there is an exception. */
  readonly answer: ProtoReader
  /** Where the cells begin; they reach to the end of the frame. */
  readonly cellsFrom: number
}

/** Raises `reply-invalid`. */
export function parseReply(frame: Buffer): Reply {
  const reader = new ProtoReader(frame)
  const header = reader.delimited()
  const { callId, exception, cellBytes } = parseHeader(header)
  if (cellBytes > frame.length - reader.at) {
    throw strange(`${cellBytes} bytes of cells are claimed where ${frame.length - reader.at} are left`)
  }
  const cellsFrom = frame.length - cellBytes
  const rest = new ProtoReader(frame, reader.at, cellsFrom)
  const answer = rest.at < rest.end ? rest.delimited() : rest
  return { callId, exception, frame, answer, cellsFrom }
}

interface ReplyHeader {
  readonly callId: number
  readonly exception: RemoteException | null
  readonly cellBytes: number
}

function parseHeader(header: ProtoReader): ReplyHeader {
  let callId = -1
  let cellBytes = 0
  let exception: RemoteException | null = null
  while (header.next()) {
    if (header.field === 1) callId = header.uint()
    else if (header.field === 2) exception = parseException(header.message())
    else if (header.field === 3) {
      const meta = header.message()
      while (meta.next()) if (meta.field === 1) cellBytes = meta.uint()
    }
  }
  return { callId, exception, cellBytes }
}

function parseException(reader: ProtoReader): RemoteException {
  let className = ''
  let text = ''
  let doNotRetry = false
  let host: string | null = null
  let port: number | null = null
  while (reader.next()) {
    if (reader.field === 1) className = reader.text()
    else if (reader.field === 2) text = reader.text()
    else if (reader.field === 3) host = reader.text()
    else if (reader.field === 4) port = reader.uint()
    else if (reader.field === 5) doNotRetry = reader.bool()
  }
  return { className, text, doNotRetry, host, port }
}

export interface FrameTaker {
  onFrame(frame: Buffer): void
  /** A reply of `size` bytes was dropped, because it is longer than the bound. `callId` −1: it cannot be told whose. */
  onDropped(size: number, callId: number): void
}

export class ReplyFrames {
  readonly #bytesMax: number
  readonly #taker: FrameTaker
  readonly #size = Buffer.alloc(SIZE_BYTES)
  #sizeRead = 0
  #claimed = 0
  #frame: Buffer = NONE
  /** Bytes of the reply that have come; more than the frame holds where it is dropped. */
  #read = 0

  constructor(bytesMax: number, taker: FrameTaker) {
    this.#bytesMax = bytesMax
    this.#taker = taker
  }

  /** Takes in a chunk, which is copied. Raises `reply-invalid`. */
  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#sizeRead < SIZE_BYTES) {
        const count = Math.min(SIZE_BYTES - this.#sizeRead, chunk.length - at)
        chunk.copy(this.#size, this.#sizeRead, at, at + count)
        this.#sizeRead += count
        at += count
        if (this.#sizeRead === SIZE_BYTES) this.#begin(this.#size.readUInt32BE(0))
        continue
      }
      const count = Math.min(this.#claimed - this.#read, chunk.length - at)
      if (this.#read < this.#frame.length) chunk.copy(this.#frame, this.#read, at, at + count)
      this.#read += count
      at += count
      if (this.#read === this.#claimed) this.#end()
    }
  }

  #begin(size: number): void {
    // The shortest reply has a header with a call's number.
    if (size < 2) throw strange(`it claims to be ${size} bytes long`)
    this.#claimed = size
    this.#read = 0
    this.#frame = Buffer.allocUnsafeSlow(size <= this.#bytesMax ? size : Math.min(size, HEAD_BYTES))
  }

  #end(): void {
    const frame = this.#frame
    this.#frame = NONE
    this.#sizeRead = 0
    if (this.#claimed <= this.#bytesMax) this.#taker.onFrame(frame)
    else this.#taker.onDropped(this.#claimed, callIdOf(frame))
  }
}

function callIdOf(head: Buffer): number {
  try {
    return parseHeader(new ProtoReader(head).delimited()).callId
  } catch {
    return -1
  }
}
