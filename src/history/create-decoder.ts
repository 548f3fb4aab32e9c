/** The decoder of a history: one per format behind a single port, opened when a file of the format is asked for. */

import type { Schema } from '../core/batch/index.ts'
import type { TimeUnit } from '../core/time.ts'
import type { FileFormat, HistoryJob } from '../job/index.ts'
import { openFileSource } from '../parquet/index.ts'
import type {
  DecodedUnit,
  DecodeRequest,
  Decoder,
  DecoderCounters,
  FileDescription,
  OpenFile,
} from './decoder.ts'
import { ParquetDecoder } from './parquet/index.ts'
import { csvFormat, jsonLinesFormat, TextFileDecoder } from './text/index.ts'

export interface DecoderOptions {
  /** Every file that will be asked for, with its format. */
  readonly files: readonly { readonly path: string; readonly format: FileFormat }[]
  /** How CSV files are written. */
  readonly csv: HistoryJob['csv']
  /** Declared columns, for formats that have no types of their own. */
  readonly declared: Schema
  /** Opens a file by its path; default: on the local disk. */
  readonly open?: OpenFile
}

export function createDecoder(options: DecoderOptions): Decoder {
  const formats = new Map(options.files.map(file => [file.path, file.format]))
  const decoders = new Map<FileFormat, Decoder>()
  const decoderOf = (path: string): Decoder => {
    const format = formats.get(path) ?? 'parquet'
    const known = decoders.get(format)
    if (known !== undefined) return known
    const decoder = openFormat(format, options)
    decoders.set(format, decoder)
    return decoder
  }
  return {
    get counters() {
      return sumOf([...decoders.values()].map(decoder => decoder.counters))
    },
    describe: (path, timeColumn, unit) => decoderOf(path).describe(path, timeColumn, unit),
    describeMany: (paths, timeColumn, unit) => describeMany(paths, decoderOf, timeColumn, unit),
    decode: (request: DecodeRequest): Promise<DecodedUnit> => decoderOf(request.file.path).decode(request),
    close: async () => {
      for (const decoder of decoders.values()) await decoder.close()
    },
  }
}

function sumOf(counters: readonly DecoderCounters[]): DecoderCounters {
  const sum = { bytesRead: 0, rowsPruned: 0 }
  for (const { bytesRead, rowsPruned } of counters) {
    sum.bytesRead += bytesRead
    sum.rowsPruned += rowsPruned
  }
  return sum
}

async function describeMany(
  paths: readonly string[],
  decoderOf: (path: string) => Decoder,
  timeColumn: string,
  unit: TimeUnit | undefined,
): Promise<FileDescription[]> {
  const groups = Map.groupBy(paths, decoderOf)
  const byPath = new Map<string, FileDescription>()
  for (const [decoder, group] of groups) {
    const descriptions = await decoder.describeMany(group, timeColumn, unit)
    group.forEach((path, i) => {
      byPath.set(path, descriptions[i]!)
    })
  }
  return paths.map(path => byPath.get(path)!)
}

function openFormat(format: FileFormat, options: DecoderOptions): Decoder {
  const { csv, declared, open = openFileSource } = options
  switch (format) {
    case 'parquet':
      return new ParquetDecoder(open)
    case 'csv':
      return new TextFileDecoder({ format: csvFormat(csv, declared), declared, open })
    case 'jsonl':
      return new TextFileDecoder({ format: jsonLinesFormat(), declared, open })
  }
}
