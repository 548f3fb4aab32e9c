/**
 * What a test does to a cluster that the product never does: tables made, flushed, compacted, split, moved. Calls of the
 * master and of region servers, over the same connection that the product has.
 */

import type { HbaseCluster, RegionPlace } from '../../../src/hbase/index.ts'
import { ProtoReader, ProtoWriter } from '../../../src/hbase/proto-bytes.ts'
import { readRegionInfo, readServerName } from '../../../src/hbase/region-map.ts'
import type { ServiceName } from '../../../src/hbase/rpc-frames.ts'
import { ServerLinks } from '../../../src/hbase/server-links.ts'
import { waitFor } from '../../harness/index.ts'

const CALL_MS = 60_000
const PROCEDURE_MS = 120_000

export interface TestFamily {
  readonly name: string
  /** As the shell has them: `{ VERSIONS: '16', TTL: '5' }`. */
  readonly attributes?: Readonly<Record<string, string>>
}

export class HbaseAdmin {
  readonly #links = new ServerLinks({ user: 'test', connectMs: CALL_MS, connections: 1 })
  readonly #master: string
  #nonce = Date.now()

  constructor(master: string) {
    this.#master = master
  }

  close(): void {
    this.#links.close()
  }

  /** In the default namespace; it is there, with all regions, when this ends. */
  async createTable(
    table: string,
    families: readonly TestFamily[],
    splitKeys: readonly (string | Uint8Array)[] = [],
  ): Promise<void> {
    await this.#procedure('CreateTable', to => {
      to.message(1, schema => {
        schema.message(1, name => name.bytes(1, 'default').bytes(2, table))
        for (const { name, attributes = {} } of families) {
          schema.message(3, family => {
            family.bytes(1, name)
            for (const [key, value] of Object.entries(attributes))
              family.message(2, pair => pair.bytes(1, key).bytes(2, value))
          })
        }
      })
      for (const key of splitKeys) to.bytes(2, key)
      to.uint(3, 1).uint(4, ++this.#nonce)
    })
  }

  async disableTable(table: string): Promise<void> {
    await this.#procedure('DisableTable', to => {
      to.message(1, name => name.bytes(1, 'default').bytes(2, table))
      to.uint(2, 1).uint(3, ++this.#nonce)
    })
  }

  /** Writes what is in memory to files. */
  async flush(cluster: HbaseCluster, table: string): Promise<void> {
    for (const region of await cluster.regions(table)) {
      await this.#ask(region.server!, 'AdminService', 'FlushRegion', regionRequest(region))
    }
  }

  /** Drops what need not be kept. Ends when it is done, as the master knows. */
  async majorCompact(cluster: HbaseCluster, table: string): Promise<void> {
    for (const region of await cluster.regions(table)) {
      const request = new ProtoWriter().raw(regionRequest(region)).bool(2, true).finish()
      await this.#ask(region.server!, 'AdminService', 'CompactRegion', request)
      const what = { what: `region ${region.name} to be compacted`, deadlineMs: PROCEDURE_MS }
      await waitFor(async () => (await this.#compactionState(region)) === 0, what)
    }
  }

  /** The region that `splitRow` is in becomes two. */
  async split(cluster: HbaseCluster, table: string, splitRow: string): Promise<void> {
    const row = Buffer.from(splitRow)
    const region = (await cluster.regions(table)).find(
      each =>
        Buffer.compare(each.startKey, row) <= 0 &&
        (each.endKey.length === 0 || Buffer.compare(row, each.endKey) < 0),
    )!
    const info = await this.#regionInfo(region)
    await this.#procedure('SplitRegion', to =>
      to
        .bytes(1, info)
        .bytes(2, row)
        .uint(3, 1)
        .uint(4, ++this.#nonce),
    )
  }

  /** Moves a region to another server (`host:port`); it is there when this ends. */
  async move(cluster: HbaseCluster, region: RegionPlace, server: string): Promise<void> {
    const destination = await this.#serverName(server)
    await this.#ask(
      this.#master,
      'MasterService',
      'MoveRegion',
      new ProtoWriter()
        .message(1, specifier => specifier.uint(1, 2).bytes(2, encodedName(region)))
        .bytes(2, destination)
        .finish(),
    )
    const table = region.name.slice(0, region.name.indexOf(','))
    const isThere = async () =>
      (await cluster.regions(table)).some(each => each.name === region.name && each.server === server)
    await waitFor(isThere, { what: `region ${region.name} at ${server}`, deadlineMs: PROCEDURE_MS })
  }

  async #regionInfo(region: RegionPlace): Promise<Buffer> {
    const answer = await this.#ask(region.server!, 'AdminService', 'GetRegionInfo', regionRequest(region))
    while (answer.next()) {
      if (answer.field !== 1) continue
      const bytes = answer.bytes()
      readRegionInfo(new ProtoReader(bytes))
      return bytes
    }
    throw new Error(`no info of region ${region.name}`)
  }

  /** 0: none is under way. */
  async #compactionState(region: RegionPlace): Promise<number> {
    const request = new ProtoWriter().raw(regionRequest(region)).bool(2, true).finish()
    const answer = await this.#ask(region.server!, 'AdminService', 'GetRegionInfo', request)
    while (answer.next()) if (answer.field === 2) return answer.uint()
    return 0
  }

  /** The name with its start code, as the server itself says it. */
  async #serverName(server: string): Promise<Buffer> {
    const answer = await this.#ask(server, 'AdminService', 'GetServerInfo', new Uint8Array(0))
    while (answer.next()) {
      if (answer.field !== 1) continue
      const info = answer.message()
      while (info.next()) {
        if (info.field !== 1) continue
        const bytes = info.bytes()
        if (readServerName(new ProtoReader(bytes)) !== server) throw new Error(`${server} has another name`)
        return bytes
      }
    }
    throw new Error(`no name of ${server}`)
  }

  async #procedure(method: string, write: (to: ProtoWriter) => unknown): Promise<void> {
    const request = new ProtoWriter()
    write(request)
    const answer = await this.#ask(this.#master, 'MasterService', method, request.finish())
    let id = -1
    while (answer.next()) if (answer.field === 1) id = answer.uint()
    const isDone = async () => this.#isDone(id)
    await waitFor(isDone, { what: `${method} to be done`, deadlineMs: PROCEDURE_MS })
  }

  async #isDone(id: number): Promise<boolean> {
    const request = new ProtoWriter().uint(1, id).finish()
    const answer = await this.#ask(this.#master, 'MasterService', 'getProcedureResult', request)
    let state = 0
    while (answer.next()) {
      if (answer.field === 1) state = answer.uint()
      else if (answer.field === 5) throw new Error(`procedure ${id}: ${answer.bytes().toString('latin1')}`)
    }
    return state === 2
  }

  async #ask(
    server: string,
    service: ServiceName,
    method: string,
    parameter: Uint8Array,
  ): Promise<ProtoReader> {
    return (await this.#links.ask({ server, service, method, parameter, timeoutMs: CALL_MS })).answer
  }
}

function regionRequest(region: RegionPlace): Buffer {
  return new ProtoWriter()
    .message(1, specifier => specifier.uint(1, 1).bytes(2, Buffer.from(region.name, 'latin1')))
    .finish()
}

/** The last part of a name, by which alone the master knows regions. */
function encodedName({ name }: RegionPlace): string {
  return /\.([0-9a-f]{32})\.$/.exec(name)![1]!
}
