/** Reads the topic with kafkajs as its documentation says: a group, `eachBatch`, `JSON.parse` of each value. */
import { randomUUID } from 'node:crypto'
import { compressionsAlgorithms } from '@platformatic/kafka'
import kafkajs from 'kafkajs'
import { answer, readingOf } from './reading.ts'

const { CompressionCodecs, CompressionTypes, Kafka, logLevel } = kafkajs
// kafkajs has no lz4 of its own and takes that of others
CompressionCodecs[CompressionTypes.LZ4] = () => ({
  compress: async () => Promise.reject(new Error('only read')),
  decompress: async (buffer: Buffer) => compressionsAlgorithms.lz4.decompressSync(buffer),
})

const { brokers, topic, partitions, decodes } = readingOf(process.argv.slice(2))

await answer(async () => {
  const kafka = new Kafka({ brokers: [...brokers], logLevel: logLevel.ERROR })
  const admin = kafka.admin()
  await admin.connect()
  const ends = await admin.fetchTopicOffsets(topic)
  await admin.disconnect()
  const open = new Map(ends.map(({ partition, high }) => [partition, Number(high)]))
  if (open.size !== partitions) throw new Error(`${topic} has ${open.size} partitions`)
  const consumer = kafka.consumer({ groupId: `bench-${randomUUID()}`, maxBytesPerPartition: 4 << 20 })
  const result = { records: 0, valueBytes: 0, idSum: 0 }
  const { promise: done, resolve } = Promise.withResolvers<void>()
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({
    eachBatchAutoResolve: true,
    eachBatch: async ({ batch }) => {
      for (const { value } of batch.messages) {
        result.records++
        result.valueBytes += value!.length
        if (decodes) result.idSum += (JSON.parse(value!.toString()) as { event_id: number }).event_id
      }
      if (Number(batch.lastOffset()) + 1 >= open.get(batch.partition)!) open.delete(batch.partition)
      if (open.size === 0) resolve()
    },
  })
  await done
  void consumer.disconnect().finally(() => process.exit())
  return result
})
