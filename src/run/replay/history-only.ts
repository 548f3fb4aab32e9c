/** The history of one stream of a job as a job of its own: nothing live, no features, no topic for samples. */

import { HindcastError } from '../../errors.ts'
import type { Job, StreamJob } from '../../job/index.ts'
import { historyRange } from '../history-range.ts'

export interface HistoryBounds {
  /** Event time, ms; from inclusive, until exclusive; narrower than what the job says, never wider. */
  readonly fromMs?: number
  readonly untilMs?: number
}

/** The stream to replay: the one with a history, or the one that is named. Raises `argument-invalid`. */
export function replayedStream(job: Job, name: string | undefined): StreamJob {
  const withHistory = job.streams.filter(({ history }) => history !== undefined)
  const names = withHistory.map(stream => stream.name).join(', ')
  const found = name === undefined ? withHistory : withHistory.filter(stream => stream.name === name)
  const [stream] = found
  if (stream !== undefined && found.length === 1) return stream
  if (stream !== undefined) {
    const advice = `Say which with --stream: ${names}.`
    throw new HindcastError('argument-invalid', 'several streams of the job have a history', { advice })
  }
  const which = name === undefined ? 'no stream' : `no stream ${name}`
  throw new HindcastError('argument-invalid', `the job has ${which} with a history to replay`, {
    advice: names === '' ? 'Give a stream `history: { files: … }`.' : `Streams with a history: ${names}.`,
  })
}

/** Up to the seam, as a run has it. What a run needs of the events is read: `output.columns`, and keys of features. */
export function historyOnlyJob(job: Job, stream: StreamJob, bounds: HistoryBounds): Job {
  const { live: _live, seam: _seam, ...rest } = stream
  const range = historyRange(job, stream)
  const fromMs = Math.max(range.fromMs, bounds.fromMs ?? range.fromMs)
  const untilMs = Math.min(range.untilMs, bounds.untilMs ?? range.untilMs)
  const history = {
    ...stream.history!,
    ...(Number.isFinite(fromMs) ? { fromMs } : {}),
    ...(Number.isFinite(untilMs) ? { untilMs } : {}),
  }
  const { columns, directory, format, sliceMs } = job.output
  const written =
    columns === null || stream.name !== job.samples
      ? null
      : [...new Set([...columns, ...job.features.flatMap(feature => feature.on)])]
  return {
    ...job,
    samples: stream.name,
    streams: [{ ...rest, history }],
    features: [],
    output: { directory, format, sliceMs, columns: written },
  }
}
