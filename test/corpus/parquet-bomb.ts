/** What a bomb is: a file that is small and claims to be large, or lies about where things are. */
import { column } from './parquet-made.ts'

export interface Bomb {
  readonly name: string
  readonly make: () => Uint8Array
  /** Code of the error that reading it gives; null where it holds what it says. */
  readonly code: string | null
  /** Rows are read from the middle on, through the offset index. */
  readonly isPart?: boolean
  /** The same, and rows are pruned first, through both indexes. */
  readonly isPruned?: boolean
}

/** A column of strings. */
export const TEXT = column('v', 'BYTE_ARRAY', { logical: { name: 'STRING' } })
