/** The shape of a feature source in HBase: the cluster, the table, its row keys, and the cells that are columns. */

import { z } from 'zod'
import { column, oneOf, strict, whole, words } from './schema-scalars.ts'

const CELL_TYPES = [
  'int8',
  'int16',
  'int32',
  'int64',
  'float32',
  'float64',
  'bool',
  'utf8',
  'binary',
  'text',
  'json',
] as const

const HOSTS = 'a list of host:port, such as [zk1:2181, zk2:2181]'
const HOST = 'host:port, such as zk1:2181'
const hosts = z
  .array(
    z
      .string({ error: HOST })
      .regex(/^(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9_.-]+):\d{1,5}$/, { error: HOST, abort: true }),
    { error: HOSTS },
  )
  .min(1, { error: HOSTS })

const CELL = 'family:qualifier, such as f:clicks'
const cell = z.string({ error: CELL }).regex(/^[^:\s]+:.*$/s, { error: CELL, abort: true })

const READS_MAX = 10_000_000
const CALLS_MAX = 256

export const hbaseSource = strict(
  {
    hbase: strict(
      {
        zookeeper: hosts.optional().meta({ description: 'The quorum, which knows the masters.' }),
        znode: words('a path such as /hbase').optional().meta({
          description: 'Folder of the cluster in ZooKeeper. Default: /hbase.',
        }),
        masters: hosts
          .optional()
          .meta({ description: 'The masters themselves (HBase 2.3 and later), instead of `zookeeper`.' }),
        user: words('the name of a user').optional().meta({
          description: 'User that servers are told (simple authentication). Default: that of the process.',
        }),
      },
      'a mapping with `zookeeper` or `masters`',
    ).meta({ description: 'An HBase cluster.' }),
    table: words('the name of a table, such as item_stats or space:item_stats'),
    rowKey: words('a template such as "{item_id}"').meta({
      description: 'Row key of an event: text, and columns of `on` in braces.',
    }),
    columns: z
      .record(
        column(),
        strict({ cell, type: oneOf(CELL_TYPES) }, 'a mapping such as { cell: "f:n", type: int64 }'),
        { error: 'a mapping of column names to cells' },
      )
      .meta({ description: 'Columns to join: the cell of each, and how its values are written.' }),
    budget: strict(
      {
        readsPerSecond: whole(1, READS_MAX)
          .optional()
          .meta({ description: 'Rows read in a second, all lanes together. Default: as many as come.' }),
        concurrency: whole(1, CALLS_MAX)
          .optional()
          .meta({ description: 'Calls under way at once, all lanes together. Default: 8.' }),
      },
      'a mapping such as { readsPerSecond: 20000, concurrency: 4 }',
    )
      .optional()
      .meta({ description: 'How much a run may ask of the cluster.' }),
  },
  'a mapping with `hbase`, `table`, `rowKey` and `columns`',
)

export type HbaseSourceInput = z.input<typeof hbaseSource>
