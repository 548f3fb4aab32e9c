/**
 * Runs a program and measures it with all the processes it starts: wall time, CPU time, peak memory.
 *
 * Memory is read from /proc every few ms: the largest sum of resident sizes that was seen, and at least the
 * high-water mark of any one process. CPU is what the processes had used when last seen, plus what a process
 * had been told of its ended children. Elsewhere than on Linux only wall time is known.
 */

import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Measured {
  readonly seconds: number
  /** NaN where /proc is not there. */
  readonly cpuSeconds: number
  readonly peakBytes: number
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Program {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

const SAMPLE_MS = 20
/** Clock ticks a second in /proc, a constant of Linux's interface. */
const TICKS = 100

/** Runs to the end, whatever its exit code; rejects where it cannot be started. */
export async function measure(program: Program): Promise<Measured> {
  const started = performance.now()
  const child = spawn(program.command, [...program.args], {
    env: { ...process.env, ...program.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  let seconds = 0
  let code: number | null = null
  let running = true
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', status => {
      seconds = (performance.now() - started) / 1000
      code = status
      running = false
      resolve()
    })
  })
  const tree = new ProcessTree(child.pid ?? -1)
  while (running) {
    tree.sample()
    await Promise.race([ended, sleep(SAMPLE_MS)])
  }
  return { seconds, cpuSeconds: tree.cpuSeconds, peakBytes: tree.peakBytes, code, stdout, stderr }
}

/** What is known of a process and all that descend from it. */
class ProcessTree {
  readonly #root: number
  readonly #ticks = new Map<number, number>()
  #peakBytes = Number.NaN

  constructor(root: number) {
    this.#root = root
  }

  get peakBytes(): number {
    return this.#peakBytes
  }

  get cpuSeconds(): number {
    if (this.#ticks.size === 0) return Number.NaN
    let ticks = 0
    for (const value of this.#ticks.values()) ticks += value
    return ticks / TICKS
  }

  sample(): void {
    let sum = 0
    let highest = 0
    for (const pid of this.#pids()) {
      const status = readProc(`/proc/${pid}/status`)
      sum += kilobytes(status, 'VmRSS')
      highest = Math.max(highest, kilobytes(status, 'VmHWM'))
      const ticks = ticksOf(readProc(`/proc/${pid}/stat`))
      if (ticks !== null) this.#ticks.set(pid, ticks)
    }
    const bytes = Math.max(sum, highest)
    if (bytes > 0) this.#peakBytes = Math.max(bytes, Number.isNaN(this.#peakBytes) ? 0 : this.#peakBytes)
  }

  #pids(): number[] {
    const pids = [this.#root]
    for (let i = 0; i < pids.length; i++) {
      for (const thread of listProc(`/proc/${pids[i]}/task`)) {
        for (const pid of readProc(`/proc/${pids[i]}/task/${thread}/children`).split(' '))
          if (pid !== '') pids.push(Number(pid))
      }
    }
    return pids
  }
}

/** utime + stime of a `stat` line; the name may hold spaces, so fields are counted after its last parenthesis. */
function ticksOf(stat: string): number | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return fields.length < 13 ? null : Number(fields[11]) + Number(fields[12])
}

function kilobytes(status: string, name: string): number {
  const match = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)
  return match === null ? 0 : Number(match[1]) * 1024
}

/** A process may end while it is read: then it has nothing to say any more. */
function readProc(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}

function listProc(path: string): string[] {
  try {
    return readdirSync(path)
  } catch {
    return []
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
