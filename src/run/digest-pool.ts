/** Digests of many sample files at once, on a few threads. */

import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import { openSampleReader } from '../sinks/index.ts'
import type { DigestResult, DigestTask } from './digest-task.ts'
import { digestFile } from './digest-task.ts'

/** Below so many files starting threads costs more than it gives. */
const INLINE_FILES_MAX = 4
const THREADS_MAX = 8

const TASK_MODULE = new URL(
  import.meta.url.endsWith('.ts') ? './digest-task.ts' : './digest-task.js',
  import.meta.url,
)

/** Results in the order of the tasks. */
export async function digestFiles(tasks: readonly DigestTask[]): Promise<DigestResult[]> {
  const paths = tasks.map(task => task.path)
  return tasks.length <= INLINE_FILES_MAX ? digestInline(tasks, paths) : digestOnThreads(tasks, paths)
}

async function digestInline(tasks: readonly DigestTask[], paths: readonly string[]): Promise<DigestResult[]> {
  const reader = await openSampleReader(paths)
  try {
    const results: DigestResult[] = []
    for (const task of tasks) results.push(await digestFile(reader, task))
    return results
  } finally {
    await reader.close()
  }
}

async function digestOnThreads(
  tasks: readonly DigestTask[],
  paths: readonly string[],
): Promise<DigestResult[]> {
  const threads = Math.min(availableParallelism(), THREADS_MAX)
  const pool = new Piscina<DigestTask, DigestResult>({
    filename: TASK_MODULE.href,
    minThreads: threads,
    maxThreads: threads,
    workerData: paths,
  })
  try {
    return await Promise.all(tasks.map(task => pool.run(task)))
  } finally {
    await pool.close()
  }
}
