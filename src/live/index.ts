/** The entry of live/: topics and logs read by position, and what their values become. */
export * from './embedded-log/index.ts'
export type { BrokerLinks, PartitionEnds, TopicEnds } from './kafka/index.ts'
export { openBrokerLinks, openLiveSource, topicEndsOf } from './open-live-source.ts'
export type { LiveAbilities, LiveEnds, LiveSource, RawRecords, RecordBatch } from './source.ts'
export * from './spool/index.ts'
export * from './values/index.ts'
