/** Wires the parts of a lane: feature stages, the sink, live readers. Runs in the lane's own thread. */

import type { CreateLaneParts, LiveReader, LaneSetup } from '../lanes/index.ts'
import { createParquetSink } from '../sinks/index.ts'
import { createStages } from './feature-stages.ts'
import { openLiveReader } from './live-reader.ts'

export const createLaneParts: CreateLaneParts = async (setup: LaneSetup) => {
  const { plan } = setup
  const live = new Map<number, LiveReader>()
  for (const stream of plan.streams) {
    if (stream.live !== null) live.set(stream.ordinal, await openLiveReader(plan, stream))
  }
  const sink = await createParquetSink({
    directory: setup.directory,
    schema: plan.output,
    memoryBytes: setup.memoryBytes,
    metadata: { 'hindcast.job': plan.job.name, 'hindcast.plan': plan.hash },
  })
  return { stages: createStages(setup), sink, live }
}
