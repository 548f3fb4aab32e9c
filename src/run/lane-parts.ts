/** Wires the parts of a lane: feature stages, the sink, live readers. Runs in the lane's own thread. */

import type { CreateLaneParts, LiveReader } from '../lanes/index.ts'
import { COUNTED_COLUMN } from '../lanes/index.ts'
import type { Plan } from '../plan/index.ts'
import { createParquetSink } from '../sinks/index.ts'
import { createStages } from './feature-stages.ts'
import { openLiveReader } from './live-reader.ts'
import { spanHistory } from './span-history.ts'

/** A reader for each stream with a live side, by stream ordinal. */
export async function openLiveReaders(plan: Plan): Promise<Map<number, LiveReader>> {
  const live = new Map<number, LiveReader>()
  for (const stream of plan.streams) {
    if (stream.live !== null) live.set(stream.ordinal, await openLiveReader(plan, stream))
  }
  return live
}

export const createLaneParts: CreateLaneParts = async (setup, post) => {
  const { plan } = setup
  const live = await openLiveReaders(plan)
  const sink = createParquetSink({
    directory: setup.directory,
    schema: plan.output,
    ordinal: countsOffsets(plan) ? COUNTED_COLUMN : null,
    memoryBytes: setup.memory.sink,
    metadata: { 'hindcast.job': plan.job.name, 'hindcast.plan': plan.hash },
  })
  const history = spanHistory(setup, post)
  return {
    stages: createStages(setup),
    sink,
    live,
    openSpan: span => history.open(span),
    takeHistoryBytes: () => history.takeBytes(),
    closeHistory: () => history.close(),
  }
}

function countsOffsets(plan: Plan): boolean {
  return !plan.streams.find(stream => stream.name === plan.job.samples)!.ownOffsets
}
