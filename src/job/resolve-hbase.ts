/** A feature source in HBase: defaults, and what goes together. */

import type { HbaseAccess, HbaseSource } from './hbase-job.ts'
import type { JobPath } from './problem.ts'
import type { HbaseSourceInput } from './schema-hbase.ts'
import type { ValueReader } from './value-reader.ts'

const PORT_MAX = 65_535
/** Calls under way at once where the job does not say. */
const CONCURRENCY = 8
/** What HBase allows a table to be called; the namespace may be left out. */
const TABLE = /^([A-Za-z0-9_]+:)?[A-Za-z0-9_][A-Za-z0-9_.-]*$/

export function resolveHbase(
  input: HbaseSourceInput,
  version: HbaseSource['version'],
  path: JobPath,
  read: ValueReader,
): HbaseSource {
  if (!TABLE.test(input.table))
    read.list.addExpected(
      [...path, 'table'],
      'the name of a table: letters, digits, "_", "-" and ".", a namespace with ":" before it',
    )
  const names = Object.keys(input.columns)
  if (names.length === 0)
    read.list.addExpected(
      [...path, 'columns'],
      'at least one column, such as { n: { cell: "f:n", type: int64 } }',
    )
  return {
    kind: 'hbase',
    access: resolveAccess(input.hbase, [...path, 'hbase'], read),
    table: input.table,
    rowKey: input.rowKey,
    columns: names.map(name => {
      const { cell, type } = input.columns[name]!
      const colon = cell.indexOf(':')
      if (name === 'version' || name === 'status') {
        const text = `"${name}" would be written twice: every feature adds its own <feature>__${name}`
        read.list.add([...path, 'columns', name], text, 'Call the column by another name.')
      }
      return { name, family: cell.slice(0, colon), qualifier: cell.slice(colon + 1), type }
    }),
    version,
    budget: {
      concurrency: input.budget?.concurrency ?? CONCURRENCY,
      ...(input.budget?.readsPerSecond === undefined ? {} : { readsPerSecond: input.budget.readsPerSecond }),
    },
  }
}

function resolveAccess(input: HbaseSourceInput['hbase'], path: JobPath, read: ValueReader): HbaseAccess {
  const { zookeeper, znode, masters, user } = input
  if ((zookeeper === undefined) === (masters === undefined)) {
    const what =
      zookeeper === undefined ? 'has neither `zookeeper` nor `masters`' : 'has `zookeeper` and `masters`'
    read.list.add(path, what, 'Give one of them: zookeeper: ["zk1:2181"], or masters: ["master1:16000"].')
  }
  if (znode !== undefined && zookeeper === undefined)
    read.list.add([...path, 'znode'], 'has no effect without `zookeeper`', 'Leave it out.')
  for (const key of ['zookeeper', 'masters'] as const)
    for (const [i, host] of (input[key] ?? []).entries()) {
      const port = Number(host.slice(host.lastIndexOf(':') + 1))
      if (port < 1 || port > PORT_MAX)
        read.list.addExpected([...path, key, i], `a port from 1 to ${PORT_MAX} behind the colon`)
    }
  return {
    ...(zookeeper === undefined ? {} : { zookeeper: [...zookeeper] }),
    ...(znode === undefined ? {} : { znode }),
    ...(masters === undefined ? {} : { masters: [...masters] }),
    ...(user === undefined ? {} : { user }),
  }
}
