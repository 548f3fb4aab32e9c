/** The entry of plan/: the plan as data, and the pure functions that make it. */
export { hiveColumn } from './hive-column.ts'
export * from './merge-schema.ts'
export * from './offset-ranges.ts'
export * from './output-schema.ts'
export * from './plan.ts'
export * from './plan-hash.ts'
export * from './slices.ts'
export * from './widen.ts'
