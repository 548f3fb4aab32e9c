/** One at a time: what two stacks, or two terminals, must not do side by side. */
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { takeOwnerLock } from '../../src/files/index.ts'
import { waitPatiently } from './patience.ts'

export interface LockOptions {
  /** What the other process does, for whoever waits for it: `downloads the jars`. */
  readonly what: string
  readonly say: (line: string) => void
  readonly deadlineMs: number
}

/** Runs `work` while this process holds the lock at `path`; waits for another that holds it. */
export async function withLock<Result>(
  path: string,
  options: LockOptions,
  work: () => Promise<Result>,
): Promise<Result> {
  mkdirSync(dirname(path), { recursive: true })
  let told = false
  const release = await waitPatiently(
    async () => {
      const lock = takeOwnerLock(path)
      if (lock.held) return lock.release
      if (!told) options.say(`process ${lock.ownerPid} ${options.what}: waiting for it`)
      told = true
      return null
    },
    { what: `the process that ${options.what}`, deadlineMs: options.deadlineMs },
    'End that process if it hangs, and try again.',
  )
  try {
    return await work()
  } finally {
    release()
  }
}
