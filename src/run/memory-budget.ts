/**
 * How `limits.memory` is shared out (C9). The process itself (Node, its code, thread heaps) takes a fixed part that
 * was measured; the rest is split between what is open of history, the lanes' sinks and buffers, and feature tables.
 */

import type { LaneMemory } from '../lanes/index.ts'

/** Node with everything loaded, memory that is kept for use again, and what the allocator does not give back, bytes. */
const BASE_BYTES = 160 * 1024 * 1024
/** The same of one lane thread: heap, code, pages under way. */
const LANE_BASE_BYTES = 48 * 1024 * 1024
const FLOOR_BYTES = 32 * 1024 * 1024

export interface MemoryBudget {
  /** Open units of all histories together. */
  readonly historyBytes: number
  /** Feature tables, in all. */
  readonly featureBytes: number
  /** Of one lane. */
  readonly lane: LaneMemory
}

export function memoryBudget(memoryBytes: number, lanes: number): MemoryBudget {
  // A lane whose plan has no live side or no store leaves the shares of those free: it is not worth a rule.
  const free = Math.max(memoryBytes - BASE_BYTES - lanes * LANE_BASE_BYTES, 4 * FLOOR_BYTES)
  return {
    historyBytes: Math.floor(free * 0.35),
    featureBytes: Math.floor(free * 0.25),
    lane: {
      history: Math.floor((free * 0.35) / lanes),
      sink: Math.floor((free * 0.2) / lanes),
      reorder: Math.floor((free * 0.12) / lanes),
      preload: Math.floor((free * 0.08) / lanes),
    },
  }
}
