/** The entry of history/: files → ordered, partitioned emissions. */
export * from './create-decoder.ts'
export type * from './decoder.ts'
export type { HistoryEmission, HistoryShare, PartitionRange } from './frontier.ts'
export type * from './history-options.ts'
export * from './reader.ts'
export type { SetAsideOffsets } from './unit-run.ts'
