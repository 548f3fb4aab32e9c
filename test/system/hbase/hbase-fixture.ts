/**
 * A real HBase for one test file: tables of its own, and the native client.
 *
 *     const hbase = withHbase()                        in a `describe`; { regionServers: 2 } to move regions
 *     const table = await hbase.newTable({ f: { VERSIONS: '16' } }, ['m'])
 *     const cluster = await hbase.open()               closed after the test
 *     await hbase.admin.split(cluster, table, 'q')
 */
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll } from 'vitest'
import {
  CELL_PUT,
  type Cells,
  type HbaseCluster,
  type NativeHbaseOptions,
  openNativeHbase,
  type RowKeys,
} from '../../../src/hbase/index.ts'
import { makeTempDirectory, removeTempDirectory } from '../../harness/index.ts'
import { type HbaseCluster as HbaseServers, startHbase } from '../../stack/index.ts'
import { needStack } from '../../stack/need-stack.ts'
import { HbaseAdmin } from './hbase-admin.ts'

const START_MS = 300_000

export interface HbaseForm {
  /** Default 1. */
  readonly regionServers?: number
  /** Properties for every hbase-site.xml. */
  readonly site?: Readonly<Record<string, string | number | boolean>>
}

/** Name of a family → its attributes as the shell has them. */
export type TestFamilies = Readonly<Record<string, Readonly<Record<string, string>>>>

export interface HbaseFixture {
  readonly servers: HbaseServers
  readonly admin: HbaseAdmin
  /** A new table with all its regions. */
  newTable(families: TestFamilies, splitKeys?: readonly (string | Uint8Array)[]): Promise<string>
  /** The native client, by the master; closed after the test. */
  open(options?: NativeHbaseOptions): Promise<HbaseCluster>
}

/** For the top of a `describe`: the cluster is there in its tests, which are skipped aloud where it cannot be. */
export function withHbase(form: HbaseForm = {}): HbaseFixture {
  const isThere = needStack()
  let directory: string | null = null
  let servers: HbaseServers | null = null
  let admin: HbaseAdmin | null = null
  const opened: HbaseCluster[] = []

  beforeAll(async () => {
    if (!isThere) return
    directory = makeTempDirectory()
    const { regionServers = 1, site = {} } = form
    servers = await startHbase({ directory, regionServers, site })
    admin = new HbaseAdmin(servers.master.address)
  }, START_MS)

  afterEach(async () => {
    for (const cluster of opened.splice(0)) await cluster.close()
  })

  afterAll(async () => {
    admin?.close()
    await servers?.stop()
    if (directory !== null) removeTempDirectory(directory)
  }, START_MS)

  return {
    get servers() {
      return servers!
    },
    get admin() {
      return admin!
    },
    async newTable(families, splitKeys = []) {
      const table = `t_${randomUUID().slice(0, 8)}`
      const list = Object.entries(families).map(([name, attributes]) => ({ name, attributes }))
      await admin!.createTable(table, list, splitKeys)
      return table
    },
    async open(options = {}) {
      const way = options.zookeeper === undefined ? { masters: [servers!.master.address] } : {}
      const cluster = await openNativeHbase({ ...way, ...options })
      opened.push(cluster)
      return cluster
    },
  }
}

/** Row keys of texts, for queries. */
export function rowKeys(rows: readonly (string | Uint8Array)[]): RowKeys {
  const bytes = rows.map(row => (typeof row === 'string' ? Buffer.from(row) : row))
  const offsets = new Int32Array(rows.length + 1)
  bytes.forEach((row, i) => {
    offsets[i + 1] = offsets[i]! + row.length
  })
  return { rows: rows.length, offsets, bytes: Buffer.concat(bytes) }
}

/** `column@time=value`, a delete as `column@time-type`, row by row. */
export function cellTexts(cells: Cells): string[][] {
  return Array.from({ length: cells.rows }, (_, row) =>
    Array.from({ length: cells.start[row + 1]! - cells.start[row]! }, (_, i) => {
      const c = cells.start[row]! + i
      const value = Buffer.from(cells.bytes.subarray(cells.valueFrom[c]!, cells.valueTo[c]!)).toString()
      const what = cells.type[c] === CELL_PUT ? `=${value}` : `-${cells.type[c]}`
      return `${cells.column[c]}@${cells.time[c]}${what}`
    }),
  )
}
