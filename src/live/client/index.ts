/** The entry of live/client: what readers through other clients of Kafka (kafkajs, librdkafka) share. */
export { type ClientReads, checkElections, openClientSource } from './client-source.ts'
export { PartitionRows, type Wish } from './partition-rows.ts'
