/**
 * What HBase writes into its nodes of ZooKeeper: bytes → `host:port` of a master. No I/O.
 *
 *     node       := [ 0xff, length i32, id ] message           the id names who wrote it
 *     message    := "PBUF" Master                              protobuf
 *     Master     := 1: ServerName, 2: rpc version, 3: info port
 *     ServerName := 1: host name, 2: port, 3: start code
 *     child      := host "," port "," start code               name of a node below backup-masters
 *
 * Source: RecoverableZooKeeper, ProtobufMagic, ZooKeeper.proto and HBase.proto of Apache HBase 2.
 */

import { HindcastError } from '../errors.ts'

const MAGIC = 0xff
const PBUF = Buffer.from('PBUF')
const PORT_MAX = 65_535
const VARINT = 0
const FIXED64 = 1
const BYTES = 2
const FIXED32 = 5

/** Where the active master is. Raises `reply-invalid`. */
export function masterOfNode(data: Buffer): string {
  const message = withoutWriter(data)
  if (!message.subarray(0, PBUF.length).equals(PBUF)) throw damaged('it does not begin with PBUF')
  const master = bytesField(message.subarray(PBUF.length), 1)
  if (master === null) throw damaged('it names no server')
  const host = bytesField(master, 1)
  const port = numberField(master, 2)
  return placeText(host?.toString('utf8') ?? '', port ?? 0)
}

/** Where a backup master is, by the name of its node. Raises `reply-invalid`. */
export function masterOfChild(name: string): string {
  const [, host, port] = /^(.+),(\d{1,5}),\d+$/.exec(name) ?? []
  if (host === undefined) throw damaged('a backup master is not named host,port,start')
  return placeText(host, Number(port))
}

function placeText(host: string, port: number): string {
  if (!/^[A-Za-z0-9_.:%-]+$/.test(host)) throw damaged('it has no host name')
  if (!(port >= 1 && port <= PORT_MAX)) throw damaged(`it has no port (${port})`)
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

function withoutWriter(data: Buffer): Buffer {
  if (data[0] !== MAGIC) return data
  if (data.length < 5) throw damaged('it ends in its head')
  const length = data.readUInt32BE(1)
  if (length > data.length - 5) throw damaged(`its head claims ${length} bytes of ${data.length}`)
  return data.subarray(5 + length)
}

/** The last field of that number that is bytes; null: none is. */
function bytesField(message: Buffer, wanted: number): Buffer | null {
  let found: Buffer | null = null
  eachField(message, (field, type, value, at) => {
    if (field === wanted && type === BYTES) found = message.subarray(at, at + value)
  })
  return found
}

function numberField(message: Buffer, wanted: number): number | null {
  let found: number | null = null
  eachField(message, (field, type, value) => {
    if (field === wanted && type === VARINT) found = value
  })
  return found
}

type Visit = (field: number, type: number, value: number, at: number) => void

/** `value` is the number, or of bytes their length; `at` is where they begin. */
function eachField(message: Buffer, visit: Visit): void {
  for (let at = 0; at < message.length; ) {
    const tag = varint(message, at)
    const type = tag.value % 8
    at = tag.end
    let value = 0
    let length = type === FIXED64 ? 8 : type === FIXED32 ? 4 : 0
    if (type === VARINT || type === BYTES) {
      const number = varint(message, at)
      value = number.value
      at = number.end
      if (type === BYTES) length = value
    } else if (length === 0) throw damaged(`a field has the type ${type}`)
    if (length > message.length - at) throw damaged(`a field of ${length} bytes has ${message.length - at}`)
    visit(Math.floor(tag.value / 8), type, value, at)
    at += length
  }
}

/** Of more than 53 bits (start codes are not) only the size is right. */
function varint(message: Buffer, from: number): { readonly value: number; readonly end: number } {
  let value = 0
  let scale = 1
  for (let at = from; at < message.length && at < from + 10; at++) {
    value += (message[at]! & 0x7f) * scale
    scale *= 128
    if (message[at]! < 0x80) return { value, end: at + 1 }
  }
  throw damaged('a number does not end')
}

function damaged(why: string): HindcastError {
  return new HindcastError(
    'reply-invalid',
    `what ZooKeeper holds of a master is not what HBase writes: ${why}`,
    {
      advice: 'Check `znode`: it is zookeeper.znode.parent of the cluster, /hbase unless set.',
    },
  )
}
