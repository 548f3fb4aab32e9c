/**
 * One stream of the job: defaults, units, absolute paths. What its parts mean together is `check-stream.ts`.
 */

import { type ColumnType, typeFromText } from '../core/batch/index.ts'
import { LIMITS } from '../limits.ts'
import type { HistoryJob, LiveJob, LivePlace, SeamJob, StopJob, StreamJob, TimeColumn } from './job.ts'
import type { JobPath } from './problem.ts'
import { resolveAccess } from './resolve-access.ts'
import { resolveKafka } from './resolve-kafka.ts'
import { COLUMN_TYPE } from './schema-scalars.ts'
import type { HistoryInput, LiveInput, SeamInput, StopInput, StreamInput } from './schema-stream.ts'
import type { ValueReader } from './value-reader.ts'

type Csv = HistoryJob['csv']
const CSV_DEFAULT: Csv = { delimiter: ',', header: true, null: '' }

export function resolveStream(name: string, input: StreamInput, path: JobPath, read: ValueReader): StreamJob {
  const disorderMs = read.duration(input.disorder, [...path, 'disorder'], 0)
  const seam = input.seam && resolveSeam(input.seam, [...path, 'seam'], { read, disorderMs })
  const history = input.history && resolveHistory(input.history, [...path, 'history'], { read, seam })
  const live = input.live && resolveLive(input.live, [...path, 'live'], read)
  return {
    name,
    key: read.columns(input.key, [...path, 'key']),
    keyEncoding: input.keyEncoding ?? 'text',
    partitioner: input.partitioner ?? 'murmur2',
    time: resolveTime(input.time),
    partitions: input.partitions ?? 1,
    disorderMs,
    identity: read.columns(input.identity ?? [], [...path, 'identity']),
    tieBreak: read.columns(input.tieBreak ?? [], [...path, 'tieBreak']),
    order: input.order ?? 'time',
    late: input.late ?? 'side',
    maxFutureMs: read.duration(input.maxFuture, [...path, 'maxFuture'], LIMITS.maxFutureMs),
    columns: resolveColumns(input.columns ?? {}, [...path, 'columns'], read),
    ...(history === undefined ? {} : { history }),
    ...(live === undefined ? {} : { live }),
    ...(seam === undefined ? {} : { seam }),
  }
}

export function resolveTime(input: { column: string; unit?: TimeColumn['unit'] | undefined }): TimeColumn {
  return input.unit === undefined ? { column: input.column } : { column: input.column, unit: input.unit }
}

interface HistoryContext {
  readonly read: ValueReader
  readonly seam: SeamJob | undefined
}

function resolveHistory(input: HistoryInput, path: JobPath, { read, seam }: HistoryContext): HistoryJob {
  const fromMs = read.optionalInstant(input.from, [...path, 'from'])
  const untilGivenMs = read.optionalInstant(input.until, [...path, 'until'])
  // C3: with a seam by time, history ends where live begins, whether the job repeats it or not.
  const untilMs = seam?.by === 'time' ? seam.atMs : untilGivenMs
  if (seam?.by === 'time' && untilGivenMs !== undefined && untilGivenMs !== seam.atMs) {
    read.list.addExpected(
      [...path, 'until'],
      'the same instant as seam.at',
      'Leave `until` out: the seam is the end of history.',
    )
  }
  if (fromMs !== undefined && untilMs !== undefined && fromMs >= untilMs) {
    const end = seam?.by === 'time' ? 'seam.at' : 'until'
    read.list.addExpected(
      [...path, 'from'],
      `an instant before ${end}`,
      'from is inclusive, until is exclusive.',
    )
  }
  if (input.csv !== undefined && input.format !== undefined && input.format !== 'csv') {
    read.list.add(
      [...path, 'csv'],
      `has no effect with format: ${input.format}`,
      'Leave `csv` out, or say format: csv.',
    )
  }
  return {
    files: read.locations(input.files, [...path, 'files']),
    ...resolveAccess(input.files, input, path, read),
    ...(input.format === undefined ? {} : { format: input.format }),
    csv: resolveCsv(input.csv),
    ...(fromMs === undefined ? {} : { fromMs }),
    ...(untilMs === undefined ? {} : { untilMs }),
    badRows: input.badRows ?? 'quarantine',
    ...(input.partitionColumn === undefined ? {} : { partitionColumn: input.partitionColumn }),
    ...(input.offsetColumn === undefined ? {} : { offsetColumn: input.offsetColumn }),
  }
}

function resolveCsv(input: HistoryInput['csv']): Csv {
  return {
    delimiter: input?.delimiter ?? CSV_DEFAULT.delimiter,
    header: input?.header ?? CSV_DEFAULT.header,
    null: input?.null ?? CSV_DEFAULT.null,
  }
}

function resolveLive(input: LiveInput, path: JobPath, read: ValueReader): LiveJob {
  const idleAfterMs = read.optionalDuration(input.idleAfter, [...path, 'idleAfter'])
  return {
    place: resolvePlace(input, path, read),
    ...(idleAfterMs === undefined ? {} : { idleAfterMs }),
    stop: resolveStop(input.stop ?? 'caught-up', [...path, 'stop'], read),
    spool: input.spool ?? false,
  }
}

function resolvePlace(input: LiveInput, path: JobPath, read: ValueReader): LivePlace {
  if ('kafka' in input) return { kind: 'kafka', ...resolveKafka(input.kafka, [...path, 'kafka'], read) }
  if (input.spool === true)
    read.list.add([...path, 'spool'], 'has no effect: an embedded log keeps what it has', 'Leave it out.')
  return { kind: 'log', directory: read.location(input.log, [...path, 'log']) }
}

function resolveStop(input: StopInput, path: JobPath, read: ValueReader): StopJob {
  if (typeof input === 'object') return { kind: 'caught-up', hold: input.hold ?? false }
  if (input === 'caught-up') return { kind: 'caught-up', hold: false }
  if (input === 'never') return { kind: 'never' }
  return { kind: 'instant', atMs: read.instant(input, path) }
}

interface SeamContext {
  readonly read: ValueReader
  readonly disorderMs: number
}

function resolveSeam(input: SeamInput, path: JobPath, { read, disorderMs }: SeamContext): SeamJob {
  if (input.by === 'offset') return { by: 'offset' }
  const overlapDefaultMs = Math.max(disorderMs, LIMITS.overlapMs)
  return {
    by: 'time',
    atMs: read.instant(input.at, [...path, 'at']),
    overlapMs: read.duration(input.overlap, [...path, 'overlap'], overlapDefaultMs),
    ...(input.scanFrom === undefined ? {} : { scanFrom: input.scanFrom }),
    beforeSeam: input.beforeSeam ?? 'side',
  }
}

/** In the order of the job. Own entries only, and types looked at again: a validator may skip `__proto__`. */
function resolveColumns(
  input: Readonly<Record<string, unknown>>,
  path: JobPath,
  read: ValueReader,
): StreamJob['columns'] {
  const columns: { name: string; type: ColumnType }[] = []
  for (const [name, text] of Object.entries(input)) {
    const type = typeof text === 'string' ? typeFromText(text) : null
    if (type === null) read.list.addExpected([...path, name], COLUMN_TYPE)
    else columns.push({ name, type })
  }
  if (columns.length > LIMITS.columnsMax) read.list.add(path, `more than ${LIMITS.columnsMax} columns`)
  return columns
}
