/** Files of a history or a feature for the plan: listed, described from footers or samples, merged, pinned. */

import type { Schema } from '../core/batch/index.ts'
import { HindcastError } from '../errors.ts'
import type { ListedFile } from '../files/index.ts'
import { FileSystems, formatOf } from '../files/index.ts'
import type { FileDescription } from '../history/index.ts'
import { createDecoder } from '../history/index.ts'
import type { FileFormat, HistoryJob, RemoteAccess, TimeColumn } from '../job/index.ts'
import type { MergedSchema, PinnedFile, PlanNote } from '../plan/index.ts'
import { mergeSchemas } from '../plan/index.ts'

/** How CSV is written where the job does not say. */
export const CSV_DEFAULT: HistoryJob['csv'] = { delimiter: ',', header: true, null: '' }

export interface FilesWanted {
  readonly files: readonly string[]
  readonly access?: RemoteAccess
  readonly format?: FileFormat
  readonly csv: HistoryJob['csv']
  readonly time: TimeColumn
  /** Declared columns, for formats without types of their own. */
  readonly declared: Schema
  /** Path in the job, for notes. */
  readonly about: string
}

export interface DescribedFile {
  readonly listed: ListedFile
  readonly format: FileFormat
  readonly description: FileDescription
}

export async function describeFiles(wanted: FilesWanted, notes: PlanNote[]): Promise<DescribedFile[]> {
  const systems = new FileSystems(wanted.access)
  try {
    const listing = await systems.list(wanted.files)
    noteSkipped(wanted.about, listing.skipped, notes)
    const described = await describeListed(wanted, listing.files, systems, notes)
    noteHiddenColumns(wanted.about, described, notes)
    return described
  } finally {
    await systems.close()
  }
}

async function describeListed(
  wanted: FilesWanted,
  listed: readonly ListedFile[],
  systems: FileSystems,
  notes: PlanNote[],
): Promise<DescribedFile[]> {
  const files = listed.map(file => ({ path: file.path, format: formatFor(file.path, wanted.format) }))
  const decoder = createDecoder({
    files,
    csv: wanted.csv,
    declared: wanted.declared,
    open: systems.opener(listed),
  })
  try {
    const paths = files.map(file => file.path)
    const descriptions = await decoder.describeMany(paths, wanted.time.column, wanted.time.unit)
    for (const text of new Set(descriptions.flatMap(description => description.notes))) {
      notes.push({ level: 'warning', about: wanted.about, text })
    }
    return listed.map((file, i) => ({
      listed: file,
      format: files[i]!.format,
      description: descriptions[i]!,
    }))
  } finally {
    await decoder.close()
  }
}

export function mergeDescribed(described: readonly DescribedFile[], declared: Schema): MergedSchema {
  const files = described.map(({ listed, description }) => ({
    path: listed.path,
    schema: description.schema,
    unsupported: description.unsupported,
    hive: listed.hive,
  }))
  return mergeSchemas(files, declared)
}

/** The file as it is now (C8); `ordinal` is its rank among its history's files. */
export function pinFile({ listed, format, description }: DescribedFile, ordinal: number): PinnedFile {
  return {
    ordinal,
    path: listed.path,
    format,
    bytes: listed.bytes,
    mtimeMs: listed.mtimeMs,
    fileId: listed.fileId,
    hive: listed.hive,
    ...(listed.checksum === undefined ? {} : { checksum: listed.checksum }),
    units: description.units,
  }
}

function formatFor(path: string, declared: FileFormat | undefined): FileFormat {
  const format = declared ?? formatOf(path)
  if (format !== null) return format
  throw new HindcastError('job-invalid', `the name of ${path} does not tell its format`, {
    where: { uri: path },
    advice: 'Write `format: parquet`, `csv` or `jsonl` beside `files:`.',
  })
}

function noteSkipped(
  about: string,
  skipped: { hidden: number; empty: number; special: number },
  notes: PlanNote[],
): void {
  const parts = [
    skipped.hidden > 0 ? `${skipped.hidden} hidden (name begins with _ or .)` : '',
    skipped.empty > 0 ? `${skipped.empty} of zero bytes` : '',
    skipped.special > 0 ? `${skipped.special} that are no regular file` : '',
  ].filter(part => part !== '')
  if (parts.length > 0) notes.push({ level: 'info', about, text: `files left out: ${parts.join(', ')}` })
}

/** A folder's value stands above a column of the same name in the file (merge-schema.ts): its values are never seen. */
function noteHiddenColumns(about: string, described: readonly DescribedFile[], notes: PlanNote[]): void {
  const hidden = new Map<string, string>()
  const seen = new Map<Schema, ReadonlySet<string>>() // files of one writer share the object
  for (const { listed, description } of described) {
    const { schema } = description
    const columns = seen.get(schema) ?? new Set(schema.map(field => field.name))
    seen.set(schema, columns)
    for (const name of Object.keys(listed.hive)) {
      if (columns.has(name) && !hidden.has(name)) hidden.set(name, listed.path)
    }
  }
  for (const [name, path] of hidden) {
    const text = `column ${name} of the files is not read, as folders ${name}=… give it (first in ${path})`
    notes.push({ level: 'warning', about, text })
  }
}
