/**
 * The shape of the job file: strict, so that an unknown key is an error. Only the shape is here; what the
 * values mean together is checked by `resolve.ts`, and what is not built yet is refused by `unsupported.ts`.
 *
 * `config/job.schema.json` is made from this by `scripts/write-job-schema.ts`.
 */

import { z } from 'zod'
import { LIMITS } from '../limits.ts'
import { featureSchema } from './schema-feature.ts'
import { kafkaOutputSchema } from './schema-kafka-output.ts'
import {
  bytes,
  columnList,
  columnOrList,
  duration,
  name,
  oneOf,
  remoteAccess,
  share,
  strict,
  whole,
  words,
} from './schema-scalars.ts'
import { streamSchema } from './schema-stream.ts'

const windowSchema = strict(
  {
    stream: name(),
    on: columnOrList(),
    value: oneOf(['count', 'sum', 'mean', 'min', 'max', 'last']),
    of: words('the name of a column').optional(),
    over: duration(),
    hop: duration().optional(),
  },
  'a window: a mapping with `stream`, `on`, `value` and `over`',
)

const outputColumns = z
  .union([z.literal('all'), columnList('all, or a list of column names')], {
    error: 'all, or a list of column names',
  })
  .meta({ description: 'Event columns to write, in this order. Default: all.' })

const outputSchema = z.union(
  [
    strict(
      {
        directory: words('a directory').optional().meta({
          description:
            'Directory of the run. Default: out. A webhdfs:, swebhdfs: or s3: URI: the run works in `out` (or --run DIR) and is copied there, slice by slice.',
        }),
        ...remoteAccess,
        format: oneOf(['parquet']).optional(),
        slice: duration()
          .optional()
          .meta({ description: 'Length of an output slice; slices are UTC ranges. Default: 1d.' }),
        columns: outputColumns.optional(),
      },
      'a mapping with `directory`',
    ),
    strict(
      {
        kafka: kafkaOutputSchema,
        directory: words('a directory').optional().meta({
          description:
            'Directory of the run: plan, manifest, checkpoint, certificate, late/, quarantine/, and samples until they are sent. Default: out.',
        }),
        slice: duration().optional(),
        columns: outputColumns.optional(),
      },
      'a mapping with `kafka`',
    ),
  ],
  { error: 'a mapping such as { directory: out, slice: 1d }' },
)

const limitsSchema = strict(
  {
    memory: bytes()
      .optional()
      .meta({ description: 'Memory of the run, whatever the size of the history. Default: 1GiB.' }),
    lanes: whole(1, LIMITS.lanesMax)
      .optional()
      .meta({ description: 'Worker threads. Default: one a core. Never visible in the output.' }),
    quarantine: share()
      .optional()
      .meta({ description: 'Share of rows that may be bad before the run ends. Default: 0.1%.' }),
  },
  'a mapping such as { memory: 1GiB, lanes: 2, quarantine: 0.1% }',
)

/** The whole job file. */
export const jobSchema = strict(
  {
    $schema: z
      .string({ error: 'the address of this schema' })
      .optional()
      .meta({ description: 'For editors; ignored.' }),
    name: name().meta({ description: 'Name of the job.' }),
    samples: name().optional().meta({
      description: 'The stream whose events become samples; may be left out if there is one stream.',
    }),
    streams: z
      .record(name(), streamSchema, { error: 'a mapping of stream names to streams' })
      .meta({ description: 'Named, partitioned sequences of events.' }),
    features: z
      .record(name(), featureSchema, { error: 'a mapping of feature names to features' })
      .optional()
      .meta({ description: 'Values joined to each sample as of its time, in this order.' }),
    windows: z
      .record(name(), windowSchema, { error: 'a mapping of window names to windows' })
      .optional()
      .meta({ description: 'Not built yet.' }),
    transform: words('the path of a module').optional().meta({ description: 'Not built yet.' }),
    output: outputSchema.optional(),
    limits: limitsSchema.optional(),
  },
  'a job: a mapping with `name`, `streams` and more',
)

/** A job as the user writes it, in YAML, JSON or TypeScript. */
export type JobInput = z.input<typeof jobSchema>
export type OutputInput = NonNullable<JobInput['output']>
export type LimitsInput = NonNullable<JobInput['limits']>

/** The JSON Schema of the job file (draft 7, which the editors know), for completion and checks. */
export function jobJsonSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(jobSchema, { io: 'input', target: 'draft-7', reused: 'inline' })
  const { $schema, ...rest } = schema as Record<string, unknown>
  return { $schema, title: 'Hindcast job', description: 'A job file of Hindcast.', ...rest }
}
