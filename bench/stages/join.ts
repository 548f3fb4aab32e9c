/** How fast is the as-of join: building the table once, finding, and fetching values? */

import {
  encodeKeys,
  findKeys,
  joinedColumns,
  keyConversions,
  lookUpAsOf,
  ownMemory,
  VersionTableBuilder,
} from '../../src/core/asof/index.ts'
import type { Column } from '../../src/core/batch/index.ts'
import { expectKind, fieldIndex, i64ToNumber } from '../../src/core/batch/index.ts'
import type { StageInput } from './stage.ts'
import { openInput, rate, rowsOf, runStage, someUnits } from './stage.ts'

const VALUES = ['orders', 'spent', 'trend', 'tier']

await runStage(async task => {
  const input = await openInput(task)
  const units = await someUnits(input)
  const versions = await versionBatches(input)
  await input.decoder.close()
  const user = fieldIndex(input.schema, 'user_id')
  const at = fieldIndex(input.schema, 'event_time')
  const keyField = input.versionSchema[fieldIndex(input.versionSchema, 'user_id')]!
  const conversions = keyConversions({ feature: 'user', on: [input.schema[user]!], keyFields: [keyField] })
  const keysOf = (column: Column, rows: number) =>
    encodeKeys([{ column, type: keyField.type, conversion: conversions[0]! }], rows)
  const build = () => {
    const builder = new VersionTableBuilder({
      schema: valueSchema(input),
      keyKind: 'words',
      lag: 0,
      allocate: ownMemory,
    })
    for (const { rows, key, time, columns } of versions) {
      const keys = builder.addKeys(keysOf(key, rows))
      builder.add(
        { rows, time, sub: null, available: null, availableSub: null, deleted: null, columns },
        keys,
      )
    }
    return builder.build({
      completeFrom: Number.NEGATIVE_INFINITY,
      completeThrough: Number.POSITIVE_INFINITY,
    })
  }
  const table = build()
  const events = units.map(({ batch }) => ({
    keys: keysOf(batch.columns[user]!, batch.rows),
    time: timesOf(batch.columns[at]!, batch.rows),
  }))
  const policy = { inclusive: false, lag: 0, maxAge: Number.POSITIVE_INFINITY, stale: false }
  const lookUp = () =>
    events.map(({ keys, time }) =>
      lookUpAsOf(table, findKeys(table.index, keys), { time, sub: null }, policy),
    )
  const results = lookUp()
  const rows = rowsOf(units)
  return [
    {
      what: `build of a table of ${table.versions} versions`,
      rowsPerSecond: await rate(table.versions, build),
      best: 'about 7',
    },
    { what: 'find key and version', rowsPerSecond: await rate(rows, lookUp), best: '3.9' },
    {
      what: 'values, version and status (6 columns)',
      rowsPerSecond: await rate(rows, () => results.map(result => joinedColumns(table, result, 'ms'))),
      best: '3.8',
    },
  ]
})

interface VersionBatch {
  readonly rows: number
  readonly key: Column
  readonly time: Float64Array
  readonly columns: readonly Column[]
}

async function versionBatches(input: StageInput): Promise<VersionBatch[]> {
  const { versions, versionSchema, decoder } = input
  const batches: VersionBatch[] = []
  for (const unit of versions.units) {
    const { batch } = await decoder.decode({ file: versions, unit, fields: versionSchema })
    const column = (name: string) => batch.columns[fieldIndex(versionSchema, name)]!
    const time = timesOf(column('known_at'), batch.rows)
    batches.push({ rows: batch.rows, key: column('user_id'), time, columns: VALUES.map(column) })
  }
  return batches
}

function valueSchema(input: StageInput) {
  return VALUES.map(name => input.versionSchema[fieldIndex(input.versionSchema, name)]!)
}

function timesOf(column: Column, rows: number): Float64Array {
  const { values } = expectKind(column, 'i64')
  return Float64Array.from({ length: rows }, (_, i) => i64ToNumber(values[2 * i]!, values[2 * i + 1]!))
}
