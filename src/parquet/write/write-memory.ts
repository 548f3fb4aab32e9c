/**
 * Working memory of column writers, used again: a writer of many small files would ask for fresh memory over and over.
 * One for each thread.
 */

import { RecycledMemory } from '../../core/batch/index.ts'

/** Bytes that are kept for later: eight open files of twenty columns with a page each. */
const KEPT_BYTES_MAX = 64 * 1024 * 1024

export const WRITE_MEMORY = new RecycledMemory(KEPT_BYTES_MAX)
