/**
 * A terminal and a run API for tests of the command line: what was printed, and what was called with what.
 */

import { EventEmitter } from 'node:events'
import type { StopSignal } from '../../../src/cli/exit.ts'
import { main } from '../../../src/cli/main.ts'
import type { RunApi } from '../../../src/cli/session.ts'
import type { Terminal } from '../../../src/cli/terminal.ts'
import type { Job } from '../../../src/job/index.ts'
import { type Plan, sealPlan } from '../../../src/plan/index.ts'
import type {
  ReplayOutcome,
  RunInspection,
  RunOptions,
  RunOutcome,
  VerifyOutcome,
} from '../../../src/run/index.ts'

export interface Recording extends Terminal {
  stdout: string
  stderr: string
}

export function record(isTty = false, columns = 100): Recording {
  return {
    stdout: '',
    stderr: '',
    out(text) {
      this.stdout += text
    },
    err(text) {
      this.stderr += text
    },
    isTty,
    columns: () => columns,
  }
}

export const OUTCOME: RunOutcome = {
  state: 'complete',
  rows: 3_000_000,
  partitions: 4,
  digest: 'ab12',
  seam: { proven: true, by: 'time', doubled: 1234, gaps: 0, reason: null, pending: false },
  features: { airport: { hit: 2_940_000, absent: 30_000, expired: 30_000, unavailable: 0 } },
  late: 2,
  quarantined: 1,
  seconds: 12,
}

export const REPLAYED: ReplayOutcome = {
  state: 'complete',
  rows: 5,
  partitions: [
    { partition: 0, rows: 5, lastTime: '2024-01-01T00:00:00.000Z' },
    { partition: 1, rows: 0, lastTime: null },
  ],
  quarantined: 1,
  seconds: 2,
}

export const VERIFIED: VerifyOutcome = { equal: true, rows: 10, slices: 2, digest: 'ab12', difference: null }

/** A plan of a job without files: enough for the command line. */
export function planOf(job: Job): Plan {
  return sealPlan({
    version: 2,
    plannedAtMs: 0,
    job,
    timeline: 'ms',
    streams: [],
    features: [],
    slices: [],
    output: [],
    totals: { files: 0, rows: 0, bytes: 0, fromMs: null, untilMs: null, secondsEstimated: 0 },
    pinned: true,
    notes: [],
  })
}

export interface Call {
  readonly name: string
  readonly args: readonly unknown[]
}

/** An API that records its calls and gives fixed answers; single answers can be replaced. */
export function recordApi(answers: Partial<RunApi> = {}): { readonly api: RunApi; readonly calls: Call[] } {
  const calls: Call[] = []
  const api: RunApi = {
    planJob: async job => planOf(job),
    runPlan: async () => OUTCOME,
    replayHistory: async () => REPLAYED,
    verifyRun: async () => VERIFIED,
    inspectRun: async directory => ({ directory }) as RunInspection,
    inspectionWords: inspection => `words of ${inspection.directory}`,
    inspectRunPage: async directory => `<html>${directory}</html>`,
    ...answers,
  }
  const recorded = Object.fromEntries(
    Object.entries(api).map(([name, call]) => [
      name,
      (...args: never[]) => {
        calls.push({ name, args })
        return (call as (...args: never[]) => unknown)(...args)
      },
    ]),
  )
  return { api: recorded as unknown as RunApi, calls }
}

export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  readonly calls: readonly Call[]
  /** Codes that the process was asked to quit with at once. */
  readonly quits: readonly number[]
}

export interface Setting {
  readonly answers?: Partial<RunApi>
  readonly signals?: EventEmitter
  readonly isTty?: boolean
}

/** Runs one command in this process. */
export async function runMain(argv: readonly string[], setting: Setting = {}): Promise<Ended> {
  const terminal = record(setting.isTty)
  const { api, calls } = recordApi(setting.answers)
  const quits: number[] = []
  const code = await main(argv, {
    terminal,
    loadApi: async () => api,
    signals: setting.signals ?? new EventEmitter(),
    quit: quitCode => {
      quits.push(quitCode)
    },
  })
  return { code, stdout: terminal.stdout, stderr: terminal.stderr, calls, quits }
}

/** A run that sends itself signals and ends once it was asked to stop. */
export function runUntilStopped(
  signals: EventEmitter,
  sent: readonly StopSignal[],
  end: () => Promise<RunOutcome>,
): RunApi['runPlan'] {
  return (_plan: Plan, { signal }: RunOptions) => {
    const stopped = new Promise<void>(resolve => signal!.addEventListener('abort', () => resolve()))
    for (const name of sent) signals.emit(name)
    return stopped.then(end)
  }
}
