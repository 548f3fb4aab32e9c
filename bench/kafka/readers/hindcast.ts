/** Reads the topic through the live port, CRC checked, all partitions side by side on one thread as a lane does. */
import {
  type Column,
  fieldIndex,
  type I64Column,
  type Schema,
  typeFromText,
} from '../../../src/core/batch/index.ts'
import { createValueDecoder, type LiveSource, openLiveSource } from '../../../src/live/index.ts'
import { COLUMNS } from '../topics.ts'
import { answer, readingOf } from './reading.ts'

const READ_BYTES = 1 << 20
const WAIT_MS = 1000

const { brokers, topic, partitions, decodes } = readingOf(process.argv.slice(2))
const schema: Schema = Object.entries(COLUMNS).map(([name, type]) => ({ name, type: typeFromText(type)! }))

await answer(async () => {
  const source = await openLiveSource({
    kind: 'kafka',
    ...{ brokers, topic, client: 'native', value: { kind: 'json' } },
  })
  try {
    if (source.partitions !== partitions) throw new Error(`${topic} has ${source.partitions} partitions`)
    const parts = await Promise.all(Array.from({ length: partitions }, (_, p) => readPartition(source, p)))
    return {
      records: parts.reduce((sum, part) => sum + part.records, 0),
      valueBytes: parts.reduce((sum, part) => sum + part.valueBytes, 0),
      idSum: parts.reduce((sum, part) => sum + part.idSum, 0),
    }
  } finally {
    await source.close()
  }
})

async function readPartition(
  source: LiveSource,
  partition: number,
): Promise<{ records: number; valueBytes: number; idSum: number }> {
  const result = { records: 0, valueBytes: 0, idSum: 0 }
  const values = decodes ? createValueDecoder({ kind: 'json' }, schema) : null
  const { first, next } = await source.ends(partition)
  for (let offset = first; offset < next; ) {
    const batch = await source.read({ partition, offset, bytesMax: READ_BYTES, waitMs: WAIT_MS })
    offset = batch.offsetNext
    result.records += batch.rows
    result.valueBytes += batch.rows === 0 ? 0 : batch.valueOffsets[batch.rows]! - batch.valueOffsets[0]!
    if (values !== null) result.idSum += sumOfIds(values.decode(batch).batch.columns)
  }
  return result
}

/** Ids fit 2^53; halves are low, high. */
function sumOfIds(columns: readonly Column[]): number {
  const { values } = columns[fieldIndex(schema, 'event_id')] as I64Column
  let sum = 0
  for (let i = 0; i < values.length; i += 2) sum += values[i + 1]! * 2 ** 32 + (values[i]! >>> 0)
  return sum
}
