/**
 * A file as its footer describes it, as plain data: what `hindcast parquet inspect` prints. The keys are stable: JSON
 * of this form is what `--json` gives.
 */

import { HindcastError } from '../../errors.ts'
import type { RowGroup } from '../format/metadata.ts'
import type { ByteSource } from '../read/byte-source.ts'
import type { ParquetFile } from '../read/parquet-file.ts'
import type { ColumnDescription } from './describe-column.ts'
import { describeColumn } from './describe-column.ts'
import type { SchemaLine } from './describe-schema.ts'
import { describeSchema } from './describe-schema.ts'
import type { Disorder, GroupTimes } from './disorder.ts'
import { groupDisorder, groupTimes } from './disorder.ts'
import { rowDisorder } from './row-disorder.ts'
import type { TimeColumn } from './time-column.ts'
import { firstTimeColumn, namedTimeColumn } from './time-column.ts'

export interface FileDescription {
  readonly file: string
  readonly bytes: number
  readonly rows: number
  /** Format version in the footer: 1 or 2. */
  readonly version: number
  readonly createdBy: string | null
  readonly footerBytes: number
  readonly keyValues: readonly { readonly key: string; readonly value: string | null }[]
  readonly schema: readonly SchemaLine[]
  readonly rowGroups: readonly RowGroupDescription[]
  /** Summed over the row groups; over one of them where one was asked for. */
  readonly columns: readonly ColumnDescription[]
  /** Null where the file has no time column and none was named. */
  readonly disorder: Disorder | null
}

export interface RowGroupDescription {
  /** From 0. */
  readonly rowGroup: number
  readonly rows: number
  /** Row of the file that it begins with. */
  readonly rowFirst: number
  readonly compressedBytes: number
  readonly uncompressedBytes: number
  /** `at`, `at desc`: what the writer says that its rows are sorted by. */
  readonly sortedBy: readonly string[]
  /** Range of the time column; null where it is not known. */
  readonly times: GroupTimes
}

export interface DescribeOptions {
  /** Time column: `at`, or `at:s|ms|us|ns` for numbers. Default: the first of timestamps, else of dates. */
  readonly time?: string
  /** Columns are described in this row group only. */
  readonly rowGroup?: number
}

/**
 * Describes a file from its footer; nothing is read. Raises `column-missing` and `argument-invalid` where the time
 * column is none, or the row group is not there.
 */
export function describeFile(file: ParquetFile, options: DescribeOptions = {}): FileDescription {
  const { metadata, leaves } = file
  const time = timeColumn(file, options)
  const groups = options.rowGroup === undefined ? metadata.rowGroups : [rowGroupAt(file, options.rowGroup)]
  return {
    file: file.uri,
    bytes: file.size,
    rows: metadata.rows,
    version: metadata.version,
    createdBy: metadata.createdBy,
    footerBytes: file.size - file.dataEnd,
    keyValues: metadata.keyValues,
    schema: describeSchema(file),
    rowGroups: describeGroups(file, time),
    columns: leaves.map(leaf => describeColumn(leaf, groups)),
    disorder: time === null ? null : groupDisorder(time, metadata.rowGroups),
  }
}

/** The same, with the disorder of the rows, for which the time column is read whole. */
export async function describeRows(
  source: ByteSource,
  file: ParquetFile,
  options: DescribeOptions = {},
): Promise<FileDescription> {
  const description = describeFile(file, options)
  const time = timeColumn(file, options)
  if (time === null || description.disorder === null) return description
  const rows = await rowDisorder(source, file, time)
  return { ...description, disorder: { ...description.disorder, rows } }
}

function rowGroupAt({ uri, metadata }: ParquetFile, rowGroup: number): RowGroup {
  const group = metadata.rowGroups[rowGroup]
  if (group !== undefined) return group
  const groups = metadata.rowGroups.length
  throw new HindcastError('argument-invalid', `the file has no row group ${rowGroup}`, {
    where: { uri },
    advice: groups === 0 ? 'It has none at all.' : `Its row groups are 0…${groups - 1}.`,
  })
}

function timeColumn(file: ParquetFile, { time }: DescribeOptions): TimeColumn | null {
  return time === undefined ? firstTimeColumn(file) : namedTimeColumn(file, time)
}

function describeGroups({ metadata, leaves }: ParquetFile, time: TimeColumn | null): RowGroupDescription[] {
  let rowFirst = 0
  return metadata.rowGroups.map((group, rowGroup) => {
    const described = {
      rowGroup,
      rows: group.rows,
      rowFirst,
      compressedBytes: group.columns.reduce((sum, chunk) => sum + chunk.compressedBytes, 0),
      uncompressedBytes: group.columns.reduce((sum, chunk) => sum + chunk.uncompressedBytes, 0),
      sortedBy: group.sorting.map(
        ({ column, descending }) => `${leaves[column]!.name}${descending ? ' desc' : ''}`,
      ),
      times: time === null ? null : groupTimes(time, group),
    }
    rowFirst += group.rows
    return described
  })
}
