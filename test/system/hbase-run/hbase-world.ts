/**
 * The small world with its feature in HBase too: the same versions as in the file, so that a run that joins them from
 * either ends with the same digest.
 */
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type { HbaseCluster, RowPut } from '../../../src/hbase/index.ts'
import { copyToParquet, type JobChanges, type World, writeJob } from '../run/world.ts'

export interface WorldVersion {
  readonly key: string
  readonly known: number
  readonly n: number
  readonly share: number
}

/** Of versions of one key and time the world has the last, as HBase has: else which wins would hang on the writer. */
export async function distinctVersions(world: World): Promise<WorldVersion[]> {
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  const reader = await connection.runAndReadAll(
    `SELECT key, known::DOUBLE AS known, n::DOUBLE AS n, share FROM '${join(world.directory, 'features/k.parquet')}'`,
  )
  connection.closeSync()
  instance.closeSync()
  const rows = reader.getRowObjects() as unknown as WorldVersion[]
  const byPlace = new Map(rows.map(row => [`${row.key} ${row.known}`, row]))
  const versions = [...byPlace.values()]
  const columns = `{key: 'VARCHAR', known: 'BIGINT', n: 'BIGINT', share: 'DOUBLE'}`
  await copyToParquet(world.directory, 'features/k', versions, columns, 2048)
  return versions
}

/** Writes the versions as a job of a Java program would: numbers big-endian, the row key `item:<key>`. */
export async function putVersions(
  cluster: HbaseCluster,
  table: string,
  versions: readonly WorldVersion[],
): Promise<void> {
  const rows = versions.map(({ key, known, n, share }): RowPut => {
    const count = Buffer.alloc(8)
    count.writeBigInt64BE(BigInt(n))
    const part = Buffer.alloc(8)
    part.writeDoubleBE(share)
    const cell = (qualifier: string, value: Buffer) => ({
      column: { family: 'f', qualifier },
      timeMs: known,
      value,
    })
    return { row: Buffer.from(`item:${key}`), cells: [cell('n', count), cell('share', part)] }
  })
  await cluster.put(table, rows)
}

/** The world's job with its feature from a table. */
export function writeHbaseJob(
  world: World,
  name: string,
  from: Readonly<Record<string, unknown>>,
  changes: JobChanges & { readonly feature?: Readonly<Record<string, unknown>> } = {},
): string {
  const stats = {
    from: {
      rowKey: 'item:{k}',
      columns: { n: { cell: 'f:n', type: 'int64' }, share: { cell: 'f:share', type: 'float64' } },
      ...from,
    },
    on: ['k'],
    maxAge: '12h',
    ...changes.feature,
  }
  return writeJob(world, name, { ...changes, features: { stats } })
}
