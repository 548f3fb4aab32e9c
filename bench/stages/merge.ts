/** How fast do sorted units become one emission, partition by partition? */

import { expectKind, fieldIndex, i64ToNumber, physicalKind } from '../../src/core/batch/index.ts'
import { keyPartitions, mergeRuns, scatterColumn, sortIndex } from '../../src/core/order/index.ts'
import { openInput, rate, runStage, someUnits } from './stage.ts'

const PARTITIONS = 8
const EMISSION_ROWS = 120_000

await runStage(async task => {
  const input = await openInput(task)
  const units = await someUnits(input)
  await input.decoder.close()
  const at = fieldIndex(input.schema, 'event_time')
  const key = {
    key: ['user_id'],
    keyEncoding: 'text',
    partitioner: 'murmur2',
    partitions: PARTITIONS,
  } as const
  const runs = units.map(({ batch }) => {
    const { values } = expectKind(batch.columns[at]!, 'i64')
    const time = Float64Array.from({ length: batch.rows }, (_, i) =>
      i64ToNumber(values[2 * i]!, values[2 * i + 1]!),
    )
    return {
      time,
      order: sortIndex(time, null),
      partition: keyPartitions(batch, key).partition,
      from: 0,
      to: batch.rows,
    }
  })
  const options = {
    bound: Number.POSITIVE_INFINITY,
    rowsMax: EMISSION_ROWS,
    partitions: PARTITIONS,
    compareTie: null,
  }
  const merged = mergeRuns(runs, options)
  const scatter = () =>
    input.schema.map((field, c) =>
      scatterColumn(
        physicalKind(field.type),
        units.map(unit => unit.batch.columns[c]!),
        merged.sources,
        merged.rows,
      ),
    )
  return [
    {
      what: `merge of ${units.length} units, places of ${merged.rows} rows`,
      rowsPerSecond: await rate(merged.rows, () => mergeRuns(runs, options)),
      best: '12 to 50',
    },
    {
      what: 'scatter of 15 columns into 8 partitions',
      rowsPerSecond: await rate(merged.rows, scatter),
      best: '3.3 gather of 13 float64',
    },
  ]
})
