/**
 * Fault points: named places where a test can disturb a process, exactly there and at no other moment.
 *
 *     HINDCAST_FAULT=name:nth:kill     the nth pass of the point `name` ends the process with SIGKILL, as a power cut does
 *                             stop     the process stops itself (SIGSTOP); it goes on when it gets a SIGCONT
 *                             throw    the point throws
 *                             exit     the thread exits; in a lane that is the lane and not the process
 *                             heap     the thread allocates until it is out of heap
 *                             hold     at a gate only: what comes there waits while the file HINDCAST_HOLD exists
 *
 * Without the variable a fault point is one comparison. Lanes are threads: kill and stop take all of them, and passes
 * are counted in each thread by itself.
 */

import { existsSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

type Action = 'kill' | 'stop' | 'throw' | 'exit' | 'heap' | 'hold'

const HOLD_POLL_MS = 20

interface Fault {
  readonly name: string
  readonly action: Action
  left: number
}

/** Every fault point there is; the kill tests walk this list. */
export const FAULT_POINTS = [
  'run-started',
  'history-read',
  'slice-writing',
  'slice-renamed',
  'late-written',
  'slice-sealed',
  'checkpoint-written',
  'manifest-appended',
  'seam-crossed',
  'live-read',
  'journal-appended',
  'held-spilled',
  'report-written',
] as const

/** Those of a run that sends its samples to a topic: in a transaction, before and behind its commit, behind its note. */
export const SINK_FAULT_POINTS = ['kafka-begun', 'kafka-produced', 'kafka-committed', 'kafka-noted'] as const

export type FaultPoint = (typeof FAULT_POINTS)[number] | (typeof SINK_FAULT_POINTS)[number]

const fault = parseFault(process.env.HINDCAST_FAULT)

export function faultPoint(name: FaultPoint): void {
  if (fault === null || fault.name !== name || fault.action === 'hold') return
  fault.left--
  if (fault.left === 0) strike(fault)
}

/** A fault point that can be held: this waits, and everything beside it goes on. */
export async function faultGate(name: FaultPoint): Promise<void> {
  if (fault === null || fault.name !== name || fault.action !== 'hold') return
  fault.left--
  if (fault.left !== 0) return
  while (existsSync(process.env.HINDCAST_HOLD ?? '')) await pause(HOLD_POLL_MS)
}

function strike({ name, action }: Fault): void {
  switch (action) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL')
      return
    case 'stop':
      process.kill(process.pid, 'SIGSTOP')
      return
    case 'throw':
      throw new Error(`fault point ${name}`)
    case 'exit':
      process.exit(1)
      return
    case 'hold':
      return
    case 'heap':
      for (const hoard: number[][] = []; ; ) hoard.push(new Array<number>(65_536).fill(hoard.length))
  }
}

function parseFault(text: string | undefined): Fault | null {
  const match = /^([a-z-]+):(\d+):(kill|stop|throw|exit|heap|hold)$/.exec(text ?? '')
  return match === null ? null : { name: match[1]!, left: Number(match[2]), action: match[3] as Action }
}
