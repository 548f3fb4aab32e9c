/**
 * An HBase of our own on 127.0.0.1: master and region server in one, with one table. It answers gets and scans right, from
 * rows that a test gives it, until the test has it do otherwise.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { ProtoReader, ProtoWriter } from '../../../src/hbase/proto-bytes.ts'

export interface TestCell {
  readonly row: string
  readonly family: string
  readonly qualifier: string
  readonly time: number
  readonly type?: number
  readonly value: string
  /** Put behind the value, with a length in front, as servers with tags do. */
  readonly tags?: string
}

/** As KeyValueCodec writes it. */
export function cellBytes({ row, family, qualifier, time, type = 4, value, tags }: TestCell): Buffer {
  const [r, f, q, v] = [row, family, qualifier, value].map(text => Buffer.from(text)) as [
    Buffer,
    Buffer,
    Buffer,
    Buffer,
  ]
  const key = Buffer.alloc(2 + r.length + 1 + f.length + q.length + 9)
  key.writeUInt16BE(r.length, 0)
  r.copy(key, 2)
  key[2 + r.length] = f.length
  f.copy(key, 3 + r.length)
  q.copy(key, 3 + r.length + f.length)
  key.writeBigInt64BE(BigInt(time), key.length - 9)
  key[key.length - 1] = type
  const tail =
    tags === undefined ? Buffer.alloc(0) : Buffer.concat([Buffer.of(0, tags.length), Buffer.from(tags)])
  const head = Buffer.alloc(12)
  head.writeUInt32BE(8 + key.length + v.length + tail.length, 0)
  head.writeUInt32BE(key.length, 4)
  head.writeUInt32BE(v.length, 8)
  return Buffer.concat([head, key, v, tail])
}

export interface Asked {
  readonly callId: number
  readonly method: string
  readonly parameter: Buffer
}

export interface TestAnswer {
  readonly message?: Buffer
  readonly cells?: Buffer
  readonly exception?: { readonly className: string; readonly text?: string; readonly doNotRetry?: boolean }
}

/** A whole reply, with its size. */
export function replyBytes(callId: number, { message, cells, exception }: TestAnswer): Buffer {
  const header = new ProtoWriter().uint(1, callId)
  if (exception !== undefined) {
    header.message(2, to =>
      to
        .bytes(1, exception.className)
        .bytes(2, exception.text ?? '')
        .bool(5, exception.doNotRetry ?? false),
    )
  }
  if (cells !== undefined) header.message(3, meta => meta.uint(1, cells.length))
  const head = header.finish()
  const body = new ProtoWriter().varint(head.length).raw(head)
  if (exception === undefined) {
    const bytes = message ?? Buffer.alloc(0)
    body.varint(bytes.length).raw(bytes)
  }
  if (cells !== undefined) body.raw(cells)
  return framed(body.finish())
}

export function framed(bytes: Buffer): Buffer {
  const size = Buffer.alloc(4)
  size.writeUInt32BE(bytes.length)
  return Buffer.concat([size, bytes])
}

/** Bytes as they go over the wire, an answer, or nothing at all. */
export type Behaviour = Buffer | TestAnswer | 'silent' | 'close'

export class HostileCluster implements AsyncDisposable {
  /** Cells in the order in which a server has them. */
  cells: TestCell[] = []
  /** Looked at first; undefined: as a good server. */
  behave: (asked: Asked) => Behaviour | undefined = () => undefined
  readonly asked: Asked[] = []
  /** Start keys of the regions. */
  splits: string[] = ['']
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  private constructor() {
    this.#server = createServer(socket => this.#serve(socket))
  }

  static async start(): Promise<HostileCluster> {
    const cluster = new HostileCluster()
    cluster.#server.listen(0, '127.0.0.1')
    await once(cluster.#server, 'listening')
    return cluster
  }

  get address(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => this.#sockets.delete(socket))
    let bytes = Buffer.alloc(0)
    let isOpen = false
    socket.on('data', chunk => {
      bytes = Buffer.concat([bytes, chunk])
      for (;;) {
        const from = isOpen ? 0 : 6
        if (bytes.length < from + 4 || bytes.length < from + 4 + bytes.readUInt32BE(from)) return
        const to = from + 4 + bytes.readUInt32BE(from)
        const frame = bytes.subarray(from + 4, to)
        bytes = bytes.subarray(to)
        if (isOpen) this.#answer(socket, readRequest(frame))
        isOpen = true
      }
    })
  }

  #answer(socket: Socket, asked: Asked): void {
    this.asked.push(asked)
    const behaviour = this.behave(asked) ?? this.good(asked)
    if (behaviour === 'silent') return
    if (behaviour === 'close') socket.destroy()
    else socket.write(Buffer.isBuffer(behaviour) ? behaviour : replyBytes(asked.callId, behaviour))
  }

  /** What a good server answers. */
  good(asked: Asked): TestAnswer {
    if (asked.method === 'GetMetaRegionLocations') return { message: this.#metaLocation() }
    if (asked.method === 'Multi') return this.multi(asked.parameter)
    if (asked.method === 'Scan') return this.#scan(asked.parameter)
    return { exception: { className: 'org.apache.hadoop.hbase.DoNotRetryIOException', text: asked.method } }
  }

  /** Right answers to all but the rows that `leaveOut` names. */
  multi(parameter: Buffer, leaveOut: (row: string) => boolean = () => false): TestAnswer {
    const out = new ProtoWriter()
    const cells: Buffer[] = []
    for (const { actions } of readMulti(parameter)) {
      out.message(1, region => {
        for (const { index, row } of actions) {
          if (leaveOut(row)) continue
          const found = this.cells.filter(cell => cell.row === row)
          cells.push(...found.map(cellBytes))
          region.message(1, outcome =>
            outcome.uint(1, index).message(2, result => result.uint(2, found.length)),
          )
        }
      })
    }
    return { message: out.finish(), cells: Buffer.concat(cells) }
  }

  #metaLocation(): Buffer {
    const info = new ProtoWriter()
      .uint(1, 1)
      .message(2, name => name.bytes(1, 'hbase').bytes(2, 'meta'))
      .finish()
    return new ProtoWriter()
      .message(1, location => location.bytes(1, info).bytes(2, this.#serverName()).uint(3, 1))
      .finish()
  }

  #serverName(): Buffer {
    const [host, port] = this.address.split(':') as [string, string]
    return new ProtoWriter().bytes(1, host).uint(2, Number(port)).uint(3, 1).finish()
  }

  #scan(parameter: Buffer): TestAnswer {
    const { region, startRow, isClose } = readScan(parameter)
    if (isClose) return { message: Buffer.alloc(0) }
    const isMeta = region.startsWith('hbase:meta')
    const table = startRow.slice(0, startRow.indexOf(','))
    const cells = isMeta
      ? table === 't'
        ? this.#metaCells()
        : []
      : this.cells.filter(cell => cell.row >= startRow && this.regionOf(cell.row) === region)
    const message = new ProtoWriter().uint(2, 7).bool(8, false)
    for (const row of new Set(cells.map(cell => cell.row)))
      message.uint(1, cells.filter(cell => cell.row === row).length).uint(7, 0)
    return { message: message.finish(), cells: Buffer.concat(cells.map(cellBytes)) }
  }

  regionOf(row: string): string {
    return `t,${this.splits.findLast(start => start <= row)},1.x.`
  }

  #metaCells(): TestCell[] {
    return this.splits.flatMap((start, i) => {
      const info = new ProtoWriter()
        .uint(1, 1)
        .message(2, name => name.bytes(1, 'default').bytes(2, 't'))
        .bytes(3, start)
        .bytes(4, this.splits[i + 1] ?? '')
        .finish()
      const base = { row: `t,${start},1.x.`, family: 'info', time: 1 }
      return [
        { ...base, qualifier: 'regioninfo', value: `PBUF${info.toString()}` },
        { ...base, qualifier: 'server', value: this.address },
      ]
    })
  }
}

function readRequest(frame: Buffer): Asked {
  const reader = new ProtoReader(frame)
  const header = reader.delimited()
  let callId = 0
  let method = ''
  while (header.next()) {
    if (header.field === 1) callId = header.uint()
    else if (header.field === 3) method = header.text()
  }
  const parameter = reader.delimited()
  return { callId, method, parameter: frame.subarray(parameter.at, parameter.end) }
}

export interface AskedRegion {
  readonly region: string
  readonly actions: readonly { readonly index: number; readonly row: string }[]
}

export function readMulti(parameter: Buffer): AskedRegion[] {
  const reader = new ProtoReader(parameter)
  const regions: AskedRegion[] = []
  while (reader.next()) {
    const of = reader.message()
    let region = ''
    const actions: { index: number; row: string }[] = []
    while (of.next()) {
      if (of.field === 1) region = readBytes(of.message(), 2).toString()
      else if (of.field === 3) {
        const action = of.message()
        let index = 0
        let row = ''
        while (action.next()) {
          if (action.field === 1) index = action.uint()
          else if (action.field === 3) row = readBytes(action.message(), 1).toString()
        }
        actions.push({ index, row })
      }
    }
    regions.push({ region, actions })
  }
  return regions
}

export function readScan(parameter: Buffer): { region: string; startRow: string; isClose: boolean } {
  const reader = new ProtoReader(parameter)
  let region = ''
  let startRow = ''
  let isClose = false
  while (reader.next()) {
    if (reader.field === 1) region = readBytes(reader.message(), 2).toString()
    else if (reader.field === 2) startRow = readBytes(reader.message(), 3).toString()
    else if (reader.field === 5) isClose = reader.bool()
  }
  return { region, startRow, isClose }
}

function readBytes(reader: ProtoReader, field: number): Buffer {
  let found = Buffer.alloc(0)
  while (reader.next()) if (reader.field === field) found = Buffer.from(reader.bytes())
  return found
}
