/**
 * The few messages of ZooKeeper's client protocol that it takes to read nodes: requests → bytes, bytes → replies. No I/O.
 *
 *     frame     := length i32, payload                          big-endian throughout (jute)
 *     connect   → version i32 = 0, lastZxid i64, timeout i32 ms, session i64 = 0, password buffer, readOnly bool
 *               ← version i32, timeout i32 ms (0: expired), session i64, password buffer [, readOnly bool]
 *     request   → xid i32, type i32, path string, watch bool    type 4 getData, 8 getChildren; −11 close has no body
 *     reply     ← xid i32, zxid i64, error i32, body            no body where error ≠ 0
 *     getData   ← data buffer, stat (68 bytes)
 *     children  ← count i32, name string*
 *     buffer    := length i32 (−1: none), bytes                 string: the same, UTF-8
 *
 * Invariant: every length and count is checked against what is left before anything is made of it. Source: zookeeper.jute
 * and ZooDefs of Apache ZooKeeper 3.
 */

import { HindcastError } from '../errors.ts'

const GET_DATA = 4
const GET_CHILDREN = 8
const CLOSE_SESSION = -11
const PASSWORD_BYTES = 16
const STAT_BYTES = 68

/** Error codes of replies (KeeperException.Code) that mean something to us. */
export const NO_NODE = -101
const NAMES: Readonly<Record<number, string>> = {
  [-4]: 'ConnectionLoss',
  [-6]: 'Unimplemented',
  [-7]: 'OperationTimeout',
  [-101]: 'NoNode',
  [-102]: 'NoAuth',
  [-112]: 'SessionExpired',
  [-115]: 'AuthFailed',
  [-118]: 'SessionMoved',
  [-124]: 'SessionClosedRequireSaslAuth',
}
const NOT_ALLOWED: ReadonlySet<number> = new Set([-102, -115, -124])

export type ReadRequest = 'data' | 'children'

/** What a reply says: its body, or an error code other than 0. */
export interface Reply {
  readonly xid: number
  readonly error: number
  readonly body: Buffer
}

/** Asks for a session that the server forgets after `timeoutMs` of silence. */
export function connectFrame(timeoutMs: number): Buffer {
  const frame = Buffer.alloc(4 + 4 + 8 + 4 + 8 + 4 + PASSWORD_BYTES + 1)
  frame.writeInt32BE(frame.length - 4, 0)
  frame.writeInt32BE(timeoutMs, 16)
  frame.writeInt32BE(PASSWORD_BYTES, 28)
  return frame
}

export function readFrame(request: ReadRequest, xid: number, path: string): Buffer {
  const text = Buffer.from(path)
  const frame = Buffer.alloc(4 + 8 + 4 + text.length + 1)
  frame.writeInt32BE(frame.length - 4, 0)
  frame.writeInt32BE(xid, 4)
  frame.writeInt32BE(request === 'data' ? GET_DATA : GET_CHILDREN, 8)
  frame.writeInt32BE(text.length, 12)
  text.copy(frame, 16)
  return frame
}

export function closeFrame(xid: number): Buffer {
  const frame = Buffer.alloc(12)
  frame.writeInt32BE(8, 0)
  frame.writeInt32BE(xid, 4)
  frame.writeInt32BE(CLOSE_SESSION, 8)
  return frame
}

/** Raises `reply-invalid`, or `store-failed` where the server gives no session. */
export function checkConnected(payload: Buffer): void {
  const reader = new JuteReader(payload)
  const version = reader.int32()
  const timeoutMs = reader.int32()
  reader.skip(8)
  reader.buffer()
  if (version !== 0) throw broken(`its protocol has version ${version}`)
  if (timeoutMs > 0) return
  throw new HindcastError('store-failed', 'it gives no session', {
    advice: 'Check that the server is part of a quorum (`srvr` tells its mode), then try again.',
  })
}

export function parseReply(payload: Buffer): Reply {
  const reader = new JuteReader(payload)
  const xid = reader.int32()
  reader.skip(8)
  return { xid, error: reader.int32(), body: reader.rest() }
}

/** Content of a node. */
export function parseData(body: Buffer): Buffer {
  const reader = new JuteReader(body)
  const data = reader.buffer()
  reader.skip(STAT_BYTES)
  return data
}

/** Names of the nodes below a node, sorted. */
export function parseChildren(body: Buffer): string[] {
  const reader = new JuteReader(body)
  const count = reader.int32()
  // Each name takes four bytes of length at least.
  if (count > reader.left / 4) throw broken(`it claims ${count} names in ${reader.left} bytes`)
  const names: string[] = []
  for (let i = 0; i < count; i++) names.push(reader.buffer().toString('utf8'))
  return names.sort()
}

/** The error of a reply as ours. */
export function replyError(code: number, path: string): HindcastError {
  const name = NAMES[code] ?? `error ${code}`
  if (NOT_ALLOWED.has(code)) {
    return new HindcastError('access-denied', `it does not let us read ${path} (${name})`, {
      advice:
        'Give `masters` instead of `zookeeper`: host:port of the masters, which need no reading of nodes.',
    })
  }
  return new HindcastError('store-failed', `it cannot read ${path} (${name})`, {
    advice: 'Check the ZooKeeper quorum, then try again.',
  })
}

export function broken(why: string): HindcastError {
  return new HindcastError('reply-invalid', `the answer is not one of ZooKeeper: ${why}`, {
    advice: 'Check that this is the client port of ZooKeeper (2181), without TLS.',
  })
}

class JuteReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  int32(): number {
    this.#need(4)
    this.#at += 4
    return this.#bytes.readInt32BE(this.#at - 4)
  }

  skip(bytes: number): void {
    this.#need(bytes)
    this.#at += bytes
  }

  /** A view; −1 (none) is empty. */
  buffer(): Buffer {
    const length = this.int32()
    if (length < -1) throw broken(`a length of ${length}`)
    const bytes = Math.max(0, length)
    this.skip(bytes)
    return this.#bytes.subarray(this.#at - bytes, this.#at)
  }

  rest(): Buffer {
    return this.#bytes.subarray(this.#at)
  }

  #need(bytes: number): void {
    if (bytes > this.left) throw broken(`it ends ${bytes - this.left} bytes too early`)
  }
}
