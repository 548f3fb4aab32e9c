/** The entry of core/order. */
export * from './event-time.ts'
export * from './index-sort.ts'
export * from './key-partitions.ts'
export * from './merge-runs.ts'
export * from './partitioner.ts'
export * from './scatter.ts'
