/**
 * The shape of `features:` in the job file (page 1 §3 and §5): where versions come from and the as-of policy.
 */

import { z } from 'zod'
import { hbaseSource } from './schema-hbase.ts'
import {
  column,
  columnList,
  columnOrList,
  duration,
  fileFormat,
  files,
  oneOf,
  remoteAccess,
  share,
  strict,
  timeColumn,
  words,
} from './schema-scalars.ts'

const filesSource = strict(
  {
    files: files().meta({
      description: 'Files of versions: path or glob, or a list; webhdfs: and s3: URIs too.',
    }),
    ...remoteAccess,
    format: fileFormat().optional().meta({ description: 'Told from the name of each file if left out.' }),
    key: columnOrList('the key column of the versions, or a list of them').meta({
      description: 'Key columns, in the order of `on`.',
    }),
    time: timeColumn().meta({ description: 'The column with the version time.' }),
    columns: columnList('a list of the columns to join, such as [mean_delay]'),
    deleted: column()
      .optional()
      .meta({ description: 'Boolean column: true marks a version that deletes the value.' }),
  },
  'a mapping with `files`, `key`, `time` and `columns`',
)

const storeSource = strict(
  {
    store: words('the directory of an embedded feature store'),
    table: words('the name of a table of the store'),
    columns: columnList().optional().meta({ description: 'Default: all columns of the table.' }),
  },
  'a mapping with `store` and `table`',
)

/** One entry of `features:`. */
export const featureSchema = strict(
  {
    from: z.union([filesSource, storeSource, hbaseSource], {
      error: 'a mapping with `files`, `store` or `hbase`',
    }),
    on: columnOrList('the event column that gives the key, or a list of them').meta({
      description: 'Columns of the event that give the key of the lookup.',
    }),
    boundary: oneOf(['exclusive', 'inclusive']).optional().meta({
      description: 'Whether a version of exactly the event time counts: exclusive (default) says no.',
    }),
    lag: duration()
      .optional()
      .meta({ description: 'How long after its own time a version became readable. Default: 0s.' }),
    available: timeColumn()
      .optional()
      .meta({ description: 'Column that says when each version became readable.' }),
    maxAge: duration().optional().meta({ description: 'Older versions are `expired`. Default: never.' }),
    wait: duration()
      .optional()
      .meta({ description: 'How long a live lookup waits for the store. Default: 0s.' }),
    beyond: oneOf(['unavailable', 'stale'])
      .optional()
      .meta({ description: 'After the wait: `unavailable` (default), or `stale` takes what there is.' }),
    maxUnavailable: share()
      .optional()
      .meta({ description: 'Share of lookups that may end unavailable. Default: 0%.' }),
    version: oneOf(['row', 'cell']).optional().meta({
      description:
        'Of HBase: whether each column is looked up on its own (`cell`, the default), or cells of one timestamp are one version (`row`). Files and embedded stores have rows.',
    }),
  },
  'a feature: a mapping with `from` and `on`',
)

export type FeatureInput = z.input<typeof featureSchema>
export type FeatureSourceInput = FeatureInput['from']
