/**
 * What a sample looks like and which event columns a run has to read for it: pure functions of job and schemas.
 */

import type { Field, Schema } from '../core/batch/index.ts'
import { fieldIndex } from '../core/batch/index.ts'
import { HindcastError } from '../errors.ts'
import type { FeatureJob, Job, StreamJob } from '../job/index.ts'
import type { FeaturePlan } from './plan.ts'

/** Columns the run adds behind event and feature columns. */
export interface AddedColumns {
  readonly late: boolean
  readonly sourceOffset: boolean
}

const INT64 = { name: 'int64' } as const

/** The added columns of a stream: `_late` where late events may be emitted, `_source_offset` where live is read. */
export function addedColumns(stream: StreamJob): AddedColumns {
  const beforeSeam = stream.seam?.by === 'time' && stream.seam.beforeSeam === 'emit'
  return { late: stream.late === 'emit' || beforeSeam, sourceOffset: stream.live !== undefined }
}

/** Event columns of a sample, in order. */
export function sampleFields(job: Job, schema: Schema): readonly Field[] {
  if (job.output.columns === null) return schema
  return job.output.columns.map(name => requireField(schema, name, 'output.columns'))
}

/** Columns of the stream that the run needs, in the order of its schema. */
export function neededFields(job: Job, stream: StreamJob, schema: Schema): readonly Field[] {
  const needed = new Set<string>([stream.time.column, ...stream.key, ...stream.tieBreak])
  for (const name of stream.identity) needed.add(name)
  if (stream.history?.offsetColumn !== undefined) needed.add(stream.history.offsetColumn)
  if (stream.history?.partitionColumn !== undefined) needed.add(stream.history.partitionColumn)
  if (stream.name === job.samples) {
    for (const field of sampleFields(job, schema)) needed.add(field.name)
    for (const feature of job.features) for (const name of feature.on) needed.add(name)
  }
  for (const name of needed) requireField(schema, name, `streams.${stream.name}`)
  return schema.filter(field => needed.has(field.name))
}

/** All columns of a sample, in order. */
export function outputSchema(job: Job, schema: Schema, features: readonly FeaturePlan[]): readonly Field[] {
  const stream = job.streams.find(candidate => candidate.name === job.samples)!
  const added = addedColumns(stream)
  const fields: Field[] = [...sampleFields(job, schema)]
  for (const feature of features) fields.push(...joinedFields(feature.job, feature.fields))
  if (added.late) fields.push({ name: '_late', type: { name: 'bool' } })
  fields.push({ name: '_partition', type: { name: 'int32' } }, { name: '_offset', type: INT64 })
  if (added.sourceOffset) fields.push({ name: '_source_offset', type: INT64 })
  refuseDuplicates(fields)
  return fields
}

/** `<feature>__<column>` …, `<feature>__version`, `<feature>__status` (C4). */
export function joinedFields(feature: FeatureJob, fields: Schema): readonly Field[] {
  return [
    ...fields.map(field => ({ name: `${feature.name}__${field.name}`, type: field.type })),
    { name: `${feature.name}__version`, type: INT64 },
    { name: `${feature.name}__status`, type: { name: 'utf8' } },
  ]
}

function refuseDuplicates(fields: readonly Field[]): void {
  const seen = new Set<string>()
  for (const { name } of fields) {
    if (seen.has(name)) {
      throw new HindcastError('job-invalid', `two output columns are called ${name}`, {
        where: { column: name },
        advice: 'Name the event columns to keep in `output.columns`, without the one that clashes.',
      })
    }
    seen.add(name)
  }
}

function requireField(schema: Schema, name: string, path: string): Field {
  const index = fieldIndex(schema, name)
  if (index >= 0) return schema[index]!
  throw new HindcastError('column-missing', `column ${name} is in none of the files`, {
    where: { path, column: name },
    advice: `Columns there are: ${schema.map(field => field.name).join(', ')}.`,
  })
}
