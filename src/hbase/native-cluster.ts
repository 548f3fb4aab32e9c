/**
 * A cluster of HBase over its own RPC: the port of cells.ts, put together from the files of this folder.
 *
 *     describe, regions ─► ClusterPlaces ─┐
 *     versions ─► VersionsRead ─► MultiRun ├─► ServerLinks ─► RpcConnection ─► servers
 *     put ──────► RowsWrite ────► MultiRun │
 *     scan ─► scanTable ─► RowAssembly ────┘
 *
 * Simple authentication only: a cluster that asks for Kerberos answers `access-denied`.
 */

import { userInfo } from 'node:os'
import { HindcastError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type {
  Cells,
  HbaseCluster,
  HbaseCounters,
  RegionPlace,
  RowPut,
  ScannedRows,
  ScanQuery,
  TableDescription,
  VersionsQuery,
} from './cells.ts'
import { ClusterPlaces } from './cluster-places.ts'
import { MultiRun } from './multi-run.ts'
import { Operation, type OperationBounds } from './operation.ts'
import { RowBytes } from './row-bytes.ts'
import { RowsWrite } from './rows-write.ts'
import { addressOf } from './rpc-connection.ts'
import { ServerLinks } from './server-links.ts'
import { describeTable } from './table-description.ts'
import { scanTable } from './table-scan.ts'
import { rowsInOrder, VersionsRead } from './versions-read.ts'
import { mastersFromZookeeper } from './zookeeper.ts'

/** How a cluster is found, and how long it is waited for. One of `masters` and `zookeeper` is needed. */
export interface NativeHbaseOptions {
  /** `host:port` of each. */
  readonly masters?: readonly string[]
  /** `host:port` of the servers of the quorum. */
  readonly zookeeper?: readonly string[]
  /** Folder of the cluster in ZooKeeper; default `/hbase`. */
  readonly znode?: string
  /** User that servers are told; default: the one of the process. */
  readonly user?: string
  /** One call, ms. Default `hbaseCallMs`. */
  readonly callMs?: number
  /** One operation with its retries, ms; of a scan, each step. Default `hbaseTotalMs`. */
  readonly totalMs?: number
  /** Connections to one server. Default `hbaseConnections`. */
  readonly connections?: number
  /** Ends all that is under way. */
  readonly signal?: AbortSignal
}

/** Opens a cluster and reaches it once. Raises `job-invalid`, `store-failed`, `access-denied`. */
export async function openNativeHbase(options: NativeHbaseOptions): Promise<HbaseCluster> {
  const cluster = new NativeHbase(options)
  try {
    await cluster.reach()
  } catch (error) {
    await cluster.close()
    throw error
  }
  return cluster
}

class NativeHbase implements HbaseCluster {
  readonly #links: ServerLinks
  readonly #places: ClusterPlaces
  readonly #bounds: OperationBounds
  readonly #signal: AbortSignal | undefined
  readonly #rowBytes = new Map<string, RowBytes>()

  constructor(options: NativeHbaseOptions) {
    const callMs = options.callMs ?? LIMITS.hbaseCallMs
    this.#bounds = { callMs, totalMs: options.totalMs ?? LIMITS.hbaseTotalMs }
    this.#signal = options.signal
    this.#links = new ServerLinks({
      user: options.user ?? userInfo().username,
      connectMs: Math.min(LIMITS.hbaseConnectMs, callMs),
      connections: options.connections ?? LIMITS.hbaseConnections,
    })
    this.#places = new ClusterPlaces(this.#links, this.#bounds, mastersBy(options))
  }

  get counters(): HbaseCounters {
    return { ...this.#links.counts }
  }

  async reach(): Promise<void> {
    await this.#places.regions('hbase:namespace', this.#operation()).catch(error => {
      // Newer masters have no such table; that `hbase:meta` was read is what counts.
      if (!(error instanceof HindcastError) || error.code !== 'feature-table-missing') throw error
    })
  }

  describe(table: string): Promise<TableDescription> {
    return describeTable(this.#links, this.#places, this.#operation(), table)
  }

  /** As they are now, not as they were known. */
  async regions(table: string): Promise<readonly RegionPlace[]> {
    const operation = this.#operation()
    await this.#places.forget(await this.#places.regions(table, operation))
    return (await this.#places.regions(table, operation)).regions
  }

  async versions(query: VersionsQuery): Promise<Cells> {
    const read = new VersionsRead(query, this.#rowBytesOf(query.table))
    if (query.rows.rows > 0) {
      const run = new MultiRun(this.#links, this.#places, this.#operation(query.signal), read)
      await run.run(rowsInOrder(query.rows))
    }
    this.#links.counts.rowsRead += query.rows.rows
    return read.cells()
  }

  scan(query: ScanQuery): AsyncGenerator<ScannedRows> {
    return scanTable(this.#links, this.#places, this.#operation(query.signal), query)
  }

  async put(table: string, rows: readonly RowPut[]): Promise<void> {
    const write = new RowsWrite(table, rows)
    const { items } = write
    if (items.length > 0) await new MultiRun(this.#links, this.#places, this.#operation(), write).run(items)
  }

  async close(): Promise<void> {
    this.#links.close()
  }

  #operation(signal?: AbortSignal): Operation {
    const signals = [this.#signal, signal].filter(each => each !== undefined)
    return new Operation(
      this.#bounds,
      this.#links.counts,
      signals.length === 0 ? undefined : AbortSignal.any(signals),
    )
  }

  #rowBytesOf(table: string): RowBytes {
    let rowBytes = this.#rowBytes.get(table)
    if (rowBytes === undefined) {
      rowBytes = new RowBytes({
        rowsFirst: LIMITS.hbaseFirstRows,
        rowsMax: LIMITS.hbaseCallRows,
        bytes: LIMITS.hbaseCallBytes,
      })
      this.#rowBytes.set(table, rowBytes)
    }
    return rowBytes
  }
}

function mastersBy({
  masters,
  zookeeper,
  znode,
}: NativeHbaseOptions): (operation: Operation) => Promise<readonly string[]> {
  if (masters !== undefined && masters.length > 0) {
    masters.forEach(addressOf)
    return async () => masters
  }
  if (zookeeper !== undefined && zookeeper.length > 0) {
    const path = znode === undefined ? {} : { path: znode }
    return ({ callMs, signal }) => mastersFromZookeeper(zookeeper, { ...path, timeoutMs: callMs, signal })
  }
  throw new HindcastError('job-invalid', 'neither masters nor a quorum of ZooKeeper is given', {
    advice: 'Give `masters: [host:16000]` or `zookeeper: [host:2181]`.',
  })
}
