/**
 * Fault points: named places where a test can end the process as a power cut would.
 *
 * `HINDCAST_FAULT=name:nth:kill` makes the nth pass of the point `name` kill the process with SIGKILL. Without the
 * variable a fault point is one comparison. Lanes are threads, so a kill takes all of them.
 */

interface Fault {
  readonly name: string
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
  'report-written',
] as const

export type FaultPoint = (typeof FAULT_POINTS)[number]

const fault = parseFault(process.env['HINDCAST_FAULT'])

export function faultPoint(name: FaultPoint): void {
  if (fault === null || fault.name !== name) return
  fault.left--
  if (fault.left === 0) process.kill(process.pid, 'SIGKILL')
}

function parseFault(text: string | undefined): Fault | null {
  const match = /^([a-z-]+):(\d+):kill$/.exec(text ?? '')
  return match === null ? null : { name: match[1]!, left: Number(match[2]) }
}
