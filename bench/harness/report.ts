/** What benchmarks are told and what they answer. */

import type { DataShape } from '../data/shape.ts'

/** What every benchmark is told. */
export interface BenchOptions {
  readonly shape: DataShape
  readonly cache: string
  readonly rounds: number
  readonly peers: readonly string[]
  readonly keep: boolean
  /** Progress, on stderr: stdout is the report. */
  readonly say: (text: string) => void
}

/** One section of the report; `ok` is false where a peer failed or results differ. */
export interface BenchReport {
  readonly title: string
  readonly text: string
  readonly ok: boolean
}
