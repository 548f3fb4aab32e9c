/** Digests of many sample files at once, on a few threads. */

import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import type { DigestResult, DigestTask } from './digest-task.ts'
import digestFile from './digest-task.ts'

/** Below so many files starting threads costs more than it gives. */
const INLINE_FILES_MAX = 4
const THREADS_MAX = 8

const TASK_MODULE = new URL(
  import.meta.url.endsWith('.ts') ? './digest-task.ts' : './digest-task.js',
  import.meta.url,
)

/** Results in the order of the tasks. */
export async function digestFiles(tasks: readonly DigestTask[]): Promise<DigestResult[]> {
  return tasks.length <= INLINE_FILES_MAX ? digestInline(tasks) : digestOnThreads(tasks)
}

async function digestInline(tasks: readonly DigestTask[]): Promise<DigestResult[]> {
  const results: DigestResult[] = []
  for (const task of tasks) results.push(await digestFile(task))
  return results
}

async function digestOnThreads(tasks: readonly DigestTask[]): Promise<DigestResult[]> {
  const threads = Math.min(availableParallelism(), THREADS_MAX)
  const pool = new Piscina<DigestTask, DigestResult>({
    filename: TASK_MODULE.href,
    minThreads: threads,
    maxThreads: threads,
  })
  try {
    return await Promise.all(tasks.map(task => pool.run(task)))
  } finally {
    await pool.close()
  }
}
