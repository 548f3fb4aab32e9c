/**
 * The small parts that the job's schema is made of. The `error` text of every part says what was expected, in
 * the words that follow "expected …" in a message; `problem-zod.ts` relies on that. Patterns abort, so that a union
 * does not take the one alternative that was at least text for the one that was meant.
 */

import { z } from 'zod'
import { typeFromText } from '../core/batch/index.ts'
import { BYTES_PATTERN, DURATION_PATTERN, INSTANT_PATTERN, SHARE_PATTERN } from './units.ts'

/** An object whose unknown keys are errors; the message of those is the list of known keys. */
export function strict<Shape extends z.core.$ZodLooseShape>(shape: Shape, expected: string) {
  return z.strictObject(shape, {
    error: issue => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(', ') : expected),
  })
}

export function oneOf<const Values extends readonly string[]>(values: Values) {
  return z.enum(values, { error: `one of ${values.join(', ')}` })
}

export function words(expected: string) {
  return z.string({ error: expected }).min(1, { error: expected })
}

export function whole(min: number, max: number) {
  const error = `a whole number from ${min} to ${max}`
  return z.int({ error }).min(min, { error }).max(max, { error })
}

export function flag() {
  return z.boolean({ error: 'true or false' })
}

const DURATION = 'a duration with its unit (ms, s, m, h, d, w), such as 5m or 0s'

export function duration() {
  return z.string({ error: DURATION }).regex(DURATION_PATTERN, { error: DURATION, abort: true })
}

const BYTES = 'a size with its unit (B, KiB, MiB, GiB, …), such as 1GiB'

export function bytes() {
  return z.string({ error: BYTES }).regex(BYTES_PATTERN, { error: BYTES, abort: true })
}

const SHARE = 'a share from 0% to 100%, such as 0.1%'

export function share() {
  return z.string({ error: SHARE }).regex(SHARE_PATTERN, { error: SHARE, abort: true })
}

export const INSTANT = 'an instant such as 2001-06-01T00:00:00Z (no zone means UTC)'

export function instant() {
  return z.string({ error: INSTANT }).regex(INSTANT_PATTERN, { error: INSTANT, abort: true })
}

/** Names of streams and features: they become file names and parts of column names. */
export const NAME_PATTERN = /^[A-Za-z_][A-Za-z0-9_.-]{0,127}$/
const NAME = 'a name of letters, digits, "_", "-" and ".", starting with a letter or "_"'

export function name() {
  return z.string({ error: NAME }).regex(NAME_PATTERN, { error: NAME, abort: true })
}

export function column(expected = 'the name of a column') {
  return words(expected)
}

/** One column, or several in order; never an empty list. */
export function columnOrList(expected = 'the name of a column, or a list of names') {
  return z.union([column(expected), columnList(expected)], { error: expected })
}

export function columnList(expected = 'a list of column names, such as [origin]') {
  return z.array(column(), { error: expected }).min(1, { error: expected })
}

const FILES = 'a path or glob, or a list of them'

export function files() {
  return z.union([words(FILES), z.array(words(FILES), { error: FILES }).min(1, { error: FILES })], {
    error: FILES,
  })
}

const ENDPOINT = 'the address of a server that speaks S3, such as https://s3.example.com:9000'
const REGION = 'the name of a region, such as eu-central-1'

/** How a file system that is read over the network is reached; beside `files:`. */
export const remoteAccess = {
  user: words('the name of a user of HDFS').optional().meta({
    description: 'User that HDFS is told (simple authentication). Default: HADOOP_USER_NAME, if that is set.',
  }),
  dataNodes: z
    .array(words('a host, host:port, or a suffix such as .example.com'), {
      error: 'a list of hosts, or of suffixes such as .example.com',
    })
    .min(1, { error: 'a list of hosts, or of suffixes such as .example.com' })
    .optional()
    .meta({
      description:
        'Hosts that a NameNode may send the reader to, beside its own: dn1.example.com, dn1.example.com:9864, .example.com.',
    }),
  checksums: flag().optional().meta({
    description:
      'Pin files of HDFS by their checksums, too, which its DataNodes compute: for what time and length cannot tell. Default: false.',
  }),
  ca: words('the path of a PEM file').optional().meta({
    description: 'File with the certificates that swebhdfs: and s3: trust. Default: those of the system.',
  }),
  endpoint: words(ENDPOINT).optional().meta({
    description:
      'Server that speaks S3, such as https://s3.oss-eu-central-1.aliyuncs.com. Default: AWS, or AWS_ENDPOINT_URL_S3. Credentials come from the environment or a profile.',
  }),
  region: z
    .string({ error: REGION })
    .regex(/^[A-Za-z0-9-]{1,63}$/, { error: REGION, abort: true })
    .optional()
    .meta({ description: 'Region of S3. Default: AWS_REGION, or that of the profile.' }),
  pathStyle: flag().optional().meta({
    description:
      'Whether S3 is told the bucket in the path rather than in the host name. Default: true where `endpoint` is given.',
  }),
}

export const COLUMN_TYPE =
  'a column type: bool, int8 … int64, uint8 … uint64, float32, float64, utf8, binary, date, time[us], timestamp[us, UTC], decimal(9,2)'

/** Column types as plans and messages write them; the pattern only guides editors, `typeFromText` decides. */
export function columnType() {
  return z.string({ error: COLUMN_TYPE }).refine(text => typeFromText(text) !== null, { error: COLUMN_TYPE })
}

/** A time column; the unit is for numbers only. */
export function timeColumn() {
  return strict(
    {
      column: column('the name of the column with the event time'),
      unit: oneOf(['s', 'ms', 'us', 'ns'])
        .optional()
        .meta({ description: 'Unit of a numeric column; leave it out for TIMESTAMP and DATE columns.' }),
    },
    'a mapping such as { column: scheduled, unit: ms }',
  )
}

export function csvForm() {
  const one = 'one character, such as "," or "\\t"'
  return strict(
    {
      delimiter: z
        .string({ error: one })
        .regex(/^[^"\r\n]$/, { error: one })
        .optional()
        .meta({ description: 'Default: a comma.' }),
      header: flag()
        .optional()
        .meta({ description: 'Whether the first line names the columns. Default: true.' }),
      null: z
        .string({ error: 'the text that stands for null, such as "" or NULL in quotes' })
        .optional()
        .meta({ description: 'Text that stands for null. Default: the empty text.' }),
    },
    'a mapping such as { delimiter: ";", header: true, null: "NA" }',
  )
}

export function fileFormat() {
  return oneOf(['parquet', 'csv', 'jsonl'])
}
