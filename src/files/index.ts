/** The entry of files/: where bytes are, what files a job means, and how bytes are made durable. */
export * from './durable.ts'
export * from './file-name.ts'
export type * from './file-system.ts'
export { hiveColumns } from './hive.ts'
export { LocalFileSystem } from './local-files.ts'
export * from './owner-lock.ts'
export { compareBytes } from './path-order.ts'
