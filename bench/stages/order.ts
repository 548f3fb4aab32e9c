/** How fast are the rows of a unit timed, sorted and given their partitions? */

import { expectKind, fieldIndex, i64ToNumber } from '../../src/core/batch/index.ts'
import { keyPartitions, sortIndex } from '../../src/core/order/index.ts'
import { openInput, rate, rowsOf, runStage, someUnits } from './stage.ts'

await runStage(async task => {
  const input = await openInput(task)
  const units = await someUnits(input)
  await input.decoder.close()
  const rows = rowsOf(units)
  const at = fieldIndex(input.schema, 'event_time')
  const times = units.map(({ batch }) => {
    const { values } = expectKind(batch.columns[at]!, 'i64')
    return Float64Array.from({ length: batch.rows }, (_, i) =>
      i64ToNumber(values[2 * i]!, values[2 * i + 1]!),
    )
  })
  const key = { key: ['user_id'], keyEncoding: 'text', partitioner: 'murmur2', partitions: 8 } as const
  return [
    {
      what: 'index sort by time',
      rowsPerSecond: await rate(rows, () => times.map(time => sortIndex(time, null))),
      best: '9.2 radix, 3.4 comparator',
    },
    {
      what: 'partition of an int64 key (murmur2 of its text)',
      rowsPerSecond: await rate(rows, () => units.map(({ batch }) => keyPartitions(batch, key))),
      best: '16',
    },
  ]
})
