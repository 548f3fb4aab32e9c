/** Wires the parts of a lane: feature stages, the sink, live readers. Runs in the lane's own thread. */

import type { CreateLaneParts, LiveReader } from '../lanes/index.ts'
import { COUNTED_COLUMN } from '../lanes/index.ts'
import type { Plan } from '../plan/index.ts'
import { createParquetSink } from '../sinks/index.ts'
import { createStages } from './feature-stages.ts'
import { isSpooled, spoolFolder } from './live-spool-place.ts'
import { spanHistory } from './span-history.ts'

/**
 * A reader for each stream with a live side, by stream ordinal. `directory`: of the run; null: it copies no topic. What
 * reads live is loaded only where there is a live side.
 */
export async function openLiveReaders(
  plan: Plan,
  directory: string | null,
): Promise<Map<number, LiveReader>> {
  const live = new Map<number, LiveReader>()
  for (const stream of plan.streams) {
    if (stream.live === null) continue
    const isCopied = directory !== null && isSpooled(plan, stream)
    const spool = isCopied ? spoolFolder(directory, stream.ordinal) : null
    const { openLiveReader } = await import('./live-reader.ts')
    live.set(stream.ordinal, await openLiveReader(plan, stream, spool))
  }
  return live
}

export const createLaneParts: CreateLaneParts = async (setup, post) => {
  const { plan } = setup
  const live = await openLiveReaders(plan, setup.directory)
  const sink = createParquetSink({
    directory: setup.directory,
    schema: plan.output,
    ordinal: countsOffsets(plan) ? COUNTED_COLUMN : null,
    memoryBytes: setup.memory.sink,
    metadata: { 'hindcast.job': plan.job.name, 'hindcast.plan': plan.hash },
    // files that are sent to a topic and removed are not worth the time of a codec
    ...(plan.job.output.kafka === undefined ? {} : { compression: 'uncompressed' as const }),
  })
  const history = spanHistory(setup, post)
  return {
    openStages: tables => createStages(setup, tables),
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
