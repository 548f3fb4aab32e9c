/** Disturbing a run at a named point of its own code (see `src/lanes/fault-point.ts`), beside the kills of the harness. */

import { readFileSync } from 'node:fs'
import type { Child } from '../../harness/index.ts'
import { waitFor } from '../../harness/index.ts'

export type FaultAction = 'stop' | 'throw' | 'exit' | 'heap'

/** Environment that has a program disturb itself at the `nth` pass of a fault point. */
export function faultAt(name: string, nth: number, action: FaultAction): { HINDCAST_FAULT: string } {
  return { HINDCAST_FAULT: `${name}:${nth}:${action}` }
}

/** Waits until the process has stopped itself: not on its way there, but stopped. */
export async function untilStopped(child: Child): Promise<void> {
  await waitFor(() => !child.isRunning || stateOf(child.pid) === 'T', {
    what: `process ${child.pid} to stop at its fault point`,
    deadlineMs: 60_000,
  })
  if (!child.isRunning) throw new Error(`it did not stop at its fault point\n${child.describe()}`)
}

/** State of a process by /proc: the third field of its stat, behind the name in parentheses. */
function stateOf(pid: number): string | undefined {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[0]
}
