/** How fast do batches move from one thread to another, with credit? */

import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import type { EventBatch } from '../../src/core/batch/index.ts'
import { concatEvents, sliceEvents } from '../../src/core/batch/index.ts'
import { buffersOf } from '../../src/lanes/index.ts'
import { LIMITS } from '../../src/limits.ts'
import type { StageTask } from './stage.ts'
import { openInput, rate, runStage, someUnits } from './stage.ts'

const BATCHES = 64

if (!isMainThread) {
  parentPort!.on('message', (events: EventBatch) => parentPort!.postMessage(events.rows))
} else {
  await runStage(async task => {
    const events = await emission(task)
    const worker = new Worker(new URL(import.meta.url))
    const half = events.rows >> 1
    const rowsPerSecond = await rate(BATCHES * half, () => send(worker, events, half))
    await worker.terminate()
    return [
      {
        what: `half of an emission of ${events.rows} rows × 15 columns: copied, transferred, acknowledged`,
        rowsPerSecond,
        best: '53 transferred as it is',
      },
    ]
  })
}

async function emission(task: StageTask): Promise<EventBatch> {
  const input = await openInput(task)
  const { batch } = (await someUnits(input))[0]!
  await input.decoder.close()
  return {
    ...batch,
    stream: 0,
    partition: 0,
    time: new Float64Array(batch.rows),
    sub: null,
    sourceOffset: null,
  }
}

/** Sends BATCHES shares with as many in flight as a lane has credit. */
function send(worker: Worker, events: EventBatch, half: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let sent = 0
  let acknowledged = 0
  const next = () => {
    if (sent++ >= BATCHES) return
    const share = concatEvents([sliceEvents(events, 0, half >> 1), sliceEvents(events, half >> 1, half)]) // a copy
    worker.postMessage(share, buffersOf(share))
  }
  const onMessage = () => {
    if (++acknowledged < BATCHES) return next()
    worker.off('message', onMessage)
    resolve()
  }
  worker.on('message', onMessage)
  for (let i = 0; i < LIMITS.laneCredit; i++) next()
  return promise
}
