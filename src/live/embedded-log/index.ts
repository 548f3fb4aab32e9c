/** The entry of live/embedded-log: the live side of a stream without Kafka. */
export type { LogRecord } from './batch-format.ts'
export { EventRecords } from './event-records.ts'
export { openLogSource } from './log-source.ts'
export { type LogWriter, type LogWriterOptions, openLogWriter } from './log-writer.ts'
export { type CreateLogOptions, createLog, type LogMeta, readLogMeta } from './meta.ts'
export type { Appended } from './partition-writer.ts'
