/**
 * A lane as the hub sees it: somewhere to post to. Threaded and in-process twins behave the same; the in-process one
 * serves tests and `stream()`.
 */

import { Worker } from 'node:worker_threads'
import { type HindcastError, wrapError } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import { Lane } from './lane.ts'
import type { CreateLaneParts } from './lane-parts.ts'
import type { FromLane, ToLane } from './messages.ts'

export interface LaneHandle {
  post(message: ToLane, transfer?: ArrayBuffer[]): void
  /**
   * Asks the lane to stop, waits until it has closed what it holds, and ends it. A thread that is ended while native
   * work is under way takes the process down, so one that does not answer is ended by force only after a long wait.
   */
  terminate(): Promise<void>
}

export interface LaneEvents {
  onMessage(message: FromLane): void
  /** The lane is gone without having been asked: it threw outside of its work, exited, or ran out of heap. */
  onDeath(error: HindcastError): void
}

/** How long a lane may take to close what it holds. */
const STOP_WAIT_MS = 30_000

/** A lane in a worker thread; `entry` is the module that calls `serveLane`. */
export function startThreadLane(lane: number, entry: URL, events: LaneEvents): LaneHandle {
  const resourceLimits = { maxOldGenerationSizeMb: LIMITS.laneHeapBytes / 2 ** 20 }
  const worker = new Worker(entry, { name: `lane-${lane}`, resourceLimits })
  const stopped = Promise.withResolvers<void>()
  let asked = false
  worker.on('message', (message: FromLane) => {
    if (message.type === 'stopped') stopped.resolve()
    events.onMessage(message)
  })
  worker.on('error', error => events.onDeath(laneError(lane, error)))
  worker.on('exit', () => stopped.resolve())
  worker.on('exit', code => {
    if (!asked) events.onDeath(laneError(lane, new Error(`the thread exited with code ${code}`)))
  })
  return {
    post: (message, transfer) => worker.postMessage(message, transfer ?? []),
    terminate: async () => {
      asked = true
      worker.postMessage({ type: 'stop' } satisfies ToLane)
      const giveUp = setTimeout(stopped.resolve, STOP_WAIT_MS)
      await stopped.promise
      clearTimeout(giveUp)
      await worker.terminate()
    },
  }
}

/** A lane in this thread. Messages are delivered in a later turn, as between threads. */
export function startInlineLane(lane: number, createParts: CreateLaneParts, events: LaneEvents): LaneHandle {
  const inline = new Lane(createParts, message => queueMicrotask(() => events.onMessage(message)))
  return {
    post: message => queueMicrotask(() => inline.receive(message)),
    terminate: () => inline.close().catch(error => events.onDeath(laneError(lane, error))),
  }
}

function laneError(lane: number, error: unknown): HindcastError {
  const code = (error as NodeJS.ErrnoException).code
  const memory = code === 'ERR_WORKER_OUT_OF_MEMORY'
  return wrapError(error, 'lane-failed', `lane ${lane} ${memory ? 'ran out of heap' : 'failed'}`, {
    advice: memory
      ? 'Lower limits.memory or the number of lanes; run the same command again to go on from the last checkpoint.'
      : 'Run the same command again to go on from the last checkpoint; report it if it happens again.',
  })
}
