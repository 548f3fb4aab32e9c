/** The entry of live/spool: the copy of a topic that a run keeps while history takes longer than retention. */
export { makeFolder, partitionFolder } from './spool-files.ts'
export { type SpoolStart, SpoolWriter, type WriterOptions } from './spool-writer.ts'
export { type SpooledSource, spooledSource } from './spooled-source.ts'
export { readSurvey, type Survey, writeSurvey } from './survey.ts'
