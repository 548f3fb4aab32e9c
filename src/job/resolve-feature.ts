/**
 * One feature of the job: defaults, units, absolute paths, and what its parts mean together.
 */

import type { FeatureJob, FeatureSource } from './job.ts'
import type { JobPath } from './problem.ts'
import { resolveAccess } from './resolve-access.ts'
import { resolveHbase } from './resolve-hbase.ts'
import { resolveTime } from './resolve-stream.ts'
import type { FeatureInput } from './schema-feature.ts'
import type { ValueReader } from './value-reader.ts'

export function resolveFeature(
  name: string,
  input: FeatureInput,
  path: JobPath,
  read: ValueReader,
): FeatureJob {
  const from = resolveSource(input, path, read)
  const on = read.columns(input.on, [...path, 'on'])
  const maxAgeMs = read.optionalDuration(input.maxAge, [...path, 'maxAge'])
  if (maxAgeMs === 0)
    read.list.addExpected([...path, 'maxAge'], 'a duration above 0s: no version would ever be young enough')
  if (from.kind === 'files') checkFileSource(from, input, { path, read, keys: on.length })
  return {
    name,
    from,
    on,
    boundary: input.boundary ?? 'exclusive',
    lagMs: read.duration(input.lag, [...path, 'lag'], 0),
    ...(maxAgeMs === undefined ? {} : { maxAgeMs }),
    waitMs: read.duration(input.wait, [...path, 'wait'], 0),
    beyond: input.beyond ?? 'unavailable',
    maxUnavailable: read.share(input.maxUnavailable, [...path, 'maxUnavailable'], 0),
  }
}

function resolveSource(input: FeatureInput, path: JobPath, read: ValueReader): FeatureSource {
  const source = input.from
  const at = [...path, 'from']
  if (input.version === 'cell' && !('hbase' in source)) {
    const advice = 'Leave it out: files and embedded stores have rows.'
    read.list.add([...path, 'version'], 'is for stores of cells, and this feature has rows', advice)
  }
  if ('files' in source) {
    return {
      kind: 'files',
      files: read.locations(source.files, [...at, 'files']),
      ...resolveAccess(source.files, source, at, read),
      ...(source.format === undefined ? {} : { format: source.format }),
      key: read.columns(source.key, [...at, 'key']),
      time: resolveTime(source.time),
      columns: read.columns(source.columns, [...at, 'columns']),
      ...(input.available === undefined ? {} : { available: resolveTime(input.available) }),
      ...(source.deleted === undefined ? {} : { deleted: source.deleted }),
    }
  }
  if (input.available !== undefined) {
    const advice = 'Leave `available` out, or read the versions from files.'
    read.list.add(
      [...path, 'available'],
      'names a column of files, and this feature comes from a store',
      advice,
    )
  }
  if ('hbase' in source) return resolveHbase(source, input.version ?? 'cell', at, read)
  return {
    kind: 'store',
    store: read.location(source.store, [...at, 'store']),
    table: source.table,
    ...(source.columns === undefined ? {} : { columns: read.columns(source.columns, [...at, 'columns']) }),
  }
}

interface FileSourceContext {
  readonly path: JobPath
  readonly read: ValueReader
  /** Columns in `on`. */
  readonly keys: number
}

function checkFileSource(
  from: Extract<FeatureSource, { kind: 'files' }>,
  input: FeatureInput,
  { path, read, keys }: FileSourceContext,
): void {
  if (from.key.length !== keys) {
    const text = `has ${columns(keys)}, and the versions have ${columns(from.key.length)} in \`from.key\` (${from.key.join(', ')})`
    read.list.add([...path, 'on'], text, 'Name one event column for each key column, in the same order.')
  }
  for (const key of ['wait', 'beyond'] as const) {
    if (input[key] === undefined) continue
    read.list.add(
      [...path, key],
      'has no effect on files, which are complete when they are read',
      'Leave it out.',
    )
  }
  from.columns.forEach((column, i) => {
    if (column !== 'version' && column !== 'status') return
    const text = `"${column}" would be written twice: every feature adds its own <feature>__${column}`
    read.list.add([...path, 'from', 'columns', i], text, 'Rename the column in the files, or leave it out.')
  })
}

function columns(count: number): string {
  return count === 1 ? '1 column' : `${count} columns`
}
