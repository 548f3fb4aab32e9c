/**
 * Where things are in one cluster: the masters, `hbase:meta`, the regions of tables. Asked for once, shared by all
 * operations, and asked for again when a server says, or its silence says, that it is no longer so.
 *
 *     masters (of the job, or by way of ZooKeeper) ─► server of hbase:meta ─► regions of a table
 *
 * Invariants: only servers that masters or `hbase:meta` name are ever dialled; where a region has moved to is believed of
 * its old server only if it is one of these. A table is missing only where `hbase:meta` was read and has nothing of it.
 */

import { HindcastError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { ColumnIndex } from './column-index.ts'
import { Operation, type OperationBounds } from './operation.ts'
import type { ProtoReader, ProtoWriter } from './proto-bytes.ts'
import {
  metaRegion,
  type Region,
  RegionMap,
  readRegionInfo,
  readServerName,
  regionsOf,
} from './region-map.ts'
import { scanRegion } from './region-scan.ts'
import { RowAssembly } from './row-assembly.ts'
import { ServerFailure, storeFailed } from './server-failure.ts'
import type { ServerLinks } from './server-links.ts'

const NOTHING = new Uint8Array(0)
const META_COLUMNS = [
  { family: 'info', qualifier: 'regioninfo' },
  { family: 'info', qualifier: 'server' },
]
const META_SHAPE = { columns: META_COLUMNS, untilMs: Number.POSITIVE_INFINITY, versionsMax: 1, raw: false }

export class ClusterPlaces {
  readonly #links: ServerLinks
  readonly #bounds: OperationBounds
  readonly #masters: (operation: Operation) => Promise<readonly string[]>
  readonly #maps = new Map<string, Promise<RegionMap>>()
  /** Servers that the cluster has named. */
  readonly #named = new Set<string>()
  #meta: string | null = null

  /** `masters` gives `host:port` of each. */
  constructor(
    links: ServerLinks,
    bounds: OperationBounds,
    masters: (operation: Operation) => Promise<readonly string[]>,
  ) {
    this.#links = links
    this.#bounds = bounds
    this.#masters = masters
  }

  /** The regions of a table as they were last told. Raises `feature-table-missing`, `store-failed`. */
  regions(table: string, operation: Operation): Promise<RegionMap> {
    let map = this.#maps.get(table)
    if (map === undefined) {
      // Not the operation of whoever asks first: others wait for the same, and go on when that one is ended.
      map = this.#load(table, new Operation(this.#bounds, this.#links.counts))
      this.#maps.set(table, map)
      map.catch(() => this.#maps.delete(table))
    }
    const late = () =>
      storeFailed({ server: this.#meta ?? 'its masters', table }, 'its regions were not told in time')
    return operation.within(map, late)
  }

  /** Takes in what a failure says of a region: the next `regions` of the table asks again, or knows. */
  async learn(map: RegionMap, region: Region, failure: ServerFailure): Promise<void> {
    const { remedy, movedTo } = failure
    if (remedy !== 'place' && remedy !== 'moved') return
    const isNew = movedTo !== null && this.#named.has(movedTo) && movedTo !== region.server
    if (!isNew || !map.move(region, movedTo)) await this.forget(map)
  }

  /** The next `regions` of the table asks again, unless that has happened since `map` was told. */
  async forget(map: RegionMap): Promise<void> {
    const known = this.#maps.get(map.table)
    if (known === undefined) return
    if ((await known.catch(() => null)) === map && this.#maps.get(map.table) === known)
      this.#maps.delete(map.table)
  }

  /** `host:port` of the active master. Raises ServerFailure. */
  async activeMaster(operation: Operation): Promise<string> {
    return this.#askMasters(operation, 'GetActiveMaster', reader => {
      while (reader.next()) if (reader.field === 1) return readServerName(reader.message())
      return null
    })
  }

  async #load(table: string, operation: Operation): Promise<RegionMap> {
    for (let failures = 0; ; ) {
      try {
        const server = this.#meta ?? (await this.#findMeta(operation))
        this.#meta = server
        return await this.#readMeta(table, server, operation)
      } catch (error) {
        if (!(error instanceof ServerFailure)) throw error
        if (error.remedy === 'fatal') throw error.error
        this.#meta = null
        await operation.pause(++failures, error.error)
      }
    }
  }

  async #readMeta(table: string, server: string, operation: Operation): Promise<RegionMap> {
    // Rows of the table begin with its name and a comma; a space is less than what names may go on with.
    const range = { startRow: Buffer.from(`${table},,`), stopRow: Buffer.from(`${table} ,,`) }
    const pass = { region: metaRegion(server), server, shape: META_SHAPE, range }
    const assembly = new RowAssembly(new ColumnIndex(META_COLUMNS), false)
    const regions: Region[] = []
    for await (const piece of scanRegion(this.#links, operation, pass)) {
      assembly.add(piece)
      const rows = assembly.take(!piece.scan.moreInRegion)
      if (rows !== null) regions.push(...regionsOf(table, rows.keys, rows.cells))
      if (regions.length > LIMITS.hbaseRegionsMax) throw tooManyRegions(table)
    }
    if (regions.length === 0) throw tableMissing(table, server)
    for (const region of regions) if (region.server !== null) this.#named.add(region.server)
    return new RegionMap(table, regions)
  }

  async #findMeta(operation: Operation): Promise<string> {
    const server = await this.#askMasters(operation, 'GetMetaRegionLocations', metaServerOf)
    this.#named.add(server)
    return server
  }

  /** The first answer that is one. Raises ServerFailure where no master gives one. */
  async #askMasters(
    operation: Operation,
    method: string,
    read: (answer: ProtoReader) => string | null,
  ): Promise<string> {
    const masters = await this.#masters(operation)
    const reasons: string[] = []
    for (const server of masters) {
      try {
        const { callMs: timeoutMs, signal } = operation
        const service = 'ClientMetaService'
        const reply = await this.#links.ask({
          server,
          service,
          method,
          parameter: NOTHING,
          timeoutMs,
          signal,
        })
        const found = read(reply.answer)
        if (found !== null) return found
        reasons.push(`HBase at ${server}: it does not know yet (${method})`)
      } catch (error) {
        if (!(error instanceof ServerFailure) || error.remedy === 'fatal') throw error
        reasons.push(error.error.message)
      }
    }
    throw new ServerFailure(
      'place',
      storeFailed({ server: masters.join(', ') }, `no master answers: ${reasons.join('; ')}`),
    )
  }
}

/** Of the first copy of `hbase:meta`. */
function metaServerOf(answer: ProtoReader): string | null {
  while (answer.next()) {
    if (answer.field !== 1) continue
    const location = answer.message()
    let isFirst = true
    let server: string | null = null
    while (location.next()) {
      if (location.field === 1) isFirst = readRegionInfo(location.message()).replica === 0
      else if (location.field === 2) server = readServerName(location.message())
    }
    if (isFirst && server !== null) return server
  }
  return null
}

/** A TableName: `namespace:table`, or `table` in the default namespace. */
export function writeTableName(to: ProtoWriter, table: string): void {
  const colon = table.indexOf(':')
  to.bytes(1, colon === -1 ? 'default' : table.slice(0, colon)).bytes(2, table.slice(colon + 1))
}

export function tableMissing(table: string, server: string): HindcastError {
  return new HindcastError('feature-table-missing', `HBase at ${server}: there is no table ${table}`, {
    where: { uri: server },
    advice: 'Check the name, with its namespace, and that this is the right cluster.',
  })
}

function tooManyRegions(table: string): HindcastError {
  const bound = `limit hbaseRegionsMax is ${LIMITS.hbaseRegionsMax}`
  return new HindcastError('limit-passed', `table ${table} has more regions than can be held; ${bound}`, {
    advice: 'Check that this is the right table.',
  })
}
