/**
 * The whole job from input of the right shape: defaults, units, absolute paths, and the rules between its
 * parts. Streams are in byte order of their names (the stream ordinal of C1), features in the order given.
 */

import { availableParallelism } from 'node:os'
import { LIMITS } from '../limits.ts'
import { addUndeclared, checkStream } from './check-stream.ts'
import type { FeatureJob, Job, LimitsJob, OutputJob, StreamJob } from './job.ts'
import { readLocation } from './location.ts'
import { nearest } from './nearest.ts'
import type { ProblemList } from './problem.ts'
import { resolveAccess } from './resolve-access.ts'
import { resolveFeature } from './resolve-feature.ts'
import { resolveKafkaOutput } from './resolve-kafka-output.ts'
import { resolveStream } from './resolve-stream.ts'
import type { JobInput, LimitsInput, OutputInput } from './schema.ts'
import { durationText } from './units.ts'
import { ValueReader } from './value-reader.ts'

const DIRECTORY = 'out'
const SLICE_MS = 86_400_000
const SLICE_MS_MIN = 1000

/** Columns that Hindcast adds itself. */
const ADDED_COLUMNS: ReadonlySet<string> = new Set(['_partition', '_offset', '_source_offset', '_late'])

/** The job; only good if `list` has no problems afterwards. Relative paths are below `directory`. */
export function resolveJob(input: JobInput, directory: string, list: ProblemList): Job {
  const read = new ValueReader(list, directory)
  const streams = resolveStreams(input, read)
  const features = resolveFeatures(input, read)
  const samples = resolveSamples(input, streams, list)
  const output = resolveOutput(input.output ?? {}, read)
  checkBetweenStreams(streams, samples, list)
  const stream = streams.find(candidate => candidate.name === samples)
  if (stream !== undefined) checkSampleColumns(stream, { features, output, list })
  checkJoinedNames(features, list)
  return {
    name: input.name,
    samples,
    streams,
    features,
    output,
    limits: resolveLimits(input.limits ?? {}, read),
  }
}

function resolveStreams(input: JobInput, read: ValueReader): StreamJob[] {
  const streams: StreamJob[] = []
  for (const [name, stream] of namedEntries(input.streams, 'streams', read.list)) {
    const path = ['streams', name]
    const resolved = resolveStream(name, stream, path, read)
    checkStream(resolved, stream, path, read.list)
    streams.push(resolved)
  }
  if (streams.length === 0)
    read.list.add(
      ['streams'],
      'has no stream',
      'Add one: streams: { events: { key: …, time: …, history: … } }.',
    )
  return streams.sort((a, b) => (a.name < b.name ? -1 : 1)) // names are ASCII: code units are bytes
}

function resolveFeatures(input: JobInput, read: ValueReader): FeatureJob[] {
  return namedEntries(input.features ?? {}, 'features', read.list).map(([name, feature]) =>
    resolveFeature(name, feature, ['features', name], read),
  )
}

/** Entries in the order given. The validator does not look at `__proto__`, so it is refused here. */
function namedEntries<T>(record: Readonly<Record<string, T>>, at: string, list: ProblemList): [string, T][] {
  const entries = Object.entries(record)
  if (Object.hasOwn(record, '__proto__'))
    list.add([at, '__proto__'], 'this name is reserved', 'Choose another one.')
  return entries.filter(([name]) => name !== '__proto__')
}

function resolveSamples(input: JobInput, streams: readonly StreamJob[], list: ProblemList): string {
  const names = streams.map(stream => stream.name)
  if (input.samples === undefined) {
    if (names.length > 1)
      list.add(['samples'], `missing; there are ${names.length} streams, expected one of ${names.join(', ')}`)
    return names[0] ?? ''
  }
  if (!names.includes(input.samples) && names.length > 0) {
    const meant = nearest(input.samples, names)
    list.addExpected(
      ['samples'],
      `the name of a stream: one of ${names.join(', ')}`,
      meant === null ? '' : `Did you mean "${meant}"?`,
    )
  }
  return input.samples
}

function resolveOutput(input: OutputInput, read: ValueReader): OutputJob {
  const given = 'directory' in input && input.directory !== undefined ? input.directory : DIRECTORY
  const isKafka = 'kafka' in input
  const { access } = isKafka ? {} : resolveAccess(given, input, ['output'], read)
  if (isKafka && readLocation(given, '/').kind === 'remote')
    read.list.addExpected(['output', 'directory'], 'a local path', 'The samples themselves go to the topic.')
  const sliceMs = read.duration(input.slice, ['output', 'slice'], SLICE_MS)
  if (sliceMs < SLICE_MS_MIN) {
    read.list.addExpected(
      ['output', 'slice'],
      `at least ${durationText(SLICE_MS_MIN)}`,
      'Each slice is a file a partition.',
    )
  }
  const columns = input.columns
  const path = ['output', 'columns']
  return {
    directory: read.location(access === undefined ? given : DIRECTORY, ['output', 'directory']),
    ...(access === undefined
      ? {}
      : { publish: { uri: read.location(given, ['output', 'directory']).replace(/\/+$/, ''), access } }),
    ...(isKafka ? { kafka: resolveKafkaOutput(input.kafka, ['output', 'kafka'], read) } : {}),
    format: 'parquet',
    sliceMs,
    columns: columns === undefined || columns === 'all' ? null : read.columns(columns, path),
  }
}

function resolveLimits(input: LimitsInput, read: ValueReader): LimitsJob {
  const memoryBytes = read.bytes(input.memory, ['limits', 'memory'], LIMITS.memoryBytes)
  if (memoryBytes < LIMITS.memoryBytesMin) {
    const least = `at least ${LIMITS.memoryBytesMin / 2 ** 20}MiB`
    read.list.addExpected(['limits', 'memory'], least, 'Two row groups and the lanes must fit.')
  }
  return {
    memoryBytes,
    lanes: input.lanes ?? Math.min(availableParallelism(), LIMITS.lanesMax),
    quarantineShare: read.share(input.quarantine, ['limits', 'quarantine'], LIMITS.quarantineShare),
  }
}

/** Streams of a job share output partitions, so they must have the same number of them. */
function checkBetweenStreams(streams: readonly StreamJob[], samples: string, list: ProblemList): void {
  const first = streams.find(stream => stream.name === samples) ?? streams[0]
  for (const stream of streams) {
    const path = ['streams', stream.name]
    if (first !== undefined && stream.partitions !== first.partitions) {
      const text = `has ${stream.partitions} partitions and stream ${first.name} has ${first.partitions}`
      list.add([...path, 'partitions'], text, 'All streams of a job need the same number.')
    }
    if (stream.order === 'offset' && streams.length > 1) {
      const advice = 'Give each stream a job of its own, or leave `order` out.'
      list.add(
        [...path, 'order'],
        'order: offset is for a job of one stream: offsets of two topics have no common order',
        advice,
      )
    }
  }
}

interface SampleContext {
  readonly features: readonly FeatureJob[]
  readonly output: OutputJob
  readonly list: ProblemList
}

/** Columns of the samples stream that features and output name, where the job itself declares all of them. */
function checkSampleColumns(stream: StreamJob, { features, output, list }: SampleContext): void {
  for (const feature of features) {
    feature.on.forEach((column, i) => {
      addUndeclared(stream, column, ['features', feature.name, 'on', i], list)
    })
  }
  output.columns?.forEach((column, i) => {
    const at = ['output', 'columns', i]
    if (ADDED_COLUMNS.has(column)) list.add(at, `"${column}" is added by itself`, 'Leave it out of the list.')
    else addUndeclared(stream, column, at, list)
  })
}

/** Two features can give one column name: `a` with `b__c`, and `a__b` with `c`. */
function checkJoinedNames(features: readonly FeatureJob[], list: ProblemList): void {
  const ownerOf = new Map<string, string>()
  for (const feature of features) {
    const columns = [...(feature.from.columns ?? []), 'version', 'status']
    for (const column of columns) {
      const joined = `${feature.name}__${column}`
      const owner = ownerOf.get(joined)
      if (owner !== undefined && owner !== feature.name) {
        list.add(
          ['features', feature.name],
          `would write the column ${joined}, which feature ${owner} writes`,
          'Rename the feature.',
        )
      }
      ownerOf.set(joined, feature.name)
    }
  }
}
