/**
 * The decoder port for text formats.
 *
 * A text file has no statistics and no row groups. Its units are ranges of rows, cut from an estimate: the last one
 * takes whatever is left, and units behind the end of the file are empty. Units are cheap when they are read in order,
 * as each goes on where the one before has stopped.
 *
 *     file  │ unit 0 │ unit 1 │ … │ unit n ─────► end      rows are known when they have been read
 */

import type { Schema } from '../../core/batch/index.ts'
import { HindcastError, wrapError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { openFileSource } from '../../parquet/index.ts'
import type { FileUnit } from '../../plan/index.ts'
import { CursorPool } from '../cursor-pool.ts'
import type {
  DecodedUnit,
  DecodeRequest,
  Decoder,
  DecoderCounters,
  FileDescription,
  OpenFile,
} from '../decoder.ts'
import { rowBytes } from '../row-bytes.ts'
import type { ByteStream } from './byte-stream.ts'
import { openBytes } from './byte-stream.ts'
import { RecordReader } from './record-reader.ts'
import type { TextFormat } from './text-format.ts'
import { ColumnEvidence } from './text-format.ts'
import type { SampleVisitor, TextSample } from './text-sample.ts'
import { readSample } from './text-sample.ts'

export interface TextDecoderOptions {
  readonly format: TextFormat
  /** Columns with the types that the job declares; others are told from samples. */
  readonly declared: Schema
  /** Default: on the local disk. */
  readonly open?: OpenFile
}

/** Readers left open between units: each holds a buffer and, for compressed files, an inflater. */
const OPEN_READERS_MAX = 4
/** Head and tail of a file that are looked at, bytes each. */
const SAMPLE_BYTES_MAX = 1024 * 1024
const SAMPLE_BYTES_MIN = 16 * 1024
/** An estimate may be wrong by this factor before the last unit grows beyond `unitRows`. */
const SPARE = { plain: 2, compressed: 4 }
/** Rows that the last unit may have: beyond, the estimate was of no use. */
const LAST_UNIT_ROWS_MAX = 16 * LIMITS.unitRows

interface Described {
  readonly sample: TextSample
  readonly records: number
}

export class TextFileDecoder implements Decoder {
  readonly counters: DecoderCounters = { bytesRead: 0, rowsPruned: 0 }
  readonly #options: Required<TextDecoderOptions>
  readonly #readers = new CursorPool<RecordReader>(OPEN_READERS_MAX)

  constructor(options: TextDecoderOptions) {
    this.#options = { open: openFileSource, ...options }
  }

  async describe(path: string): Promise<FileDescription> {
    return (await this.describeMany([path]))[0]!
  }

  /** Files of one history are looked at together, so that a column has one type in all of them. */
  async describeMany(paths: readonly string[]): Promise<FileDescription[]> {
    const { format, declared, open } = this.#options
    const bytesMax = Math.max(
      SAMPLE_BYTES_MIN,
      Math.min(SAMPLE_BYTES_MAX, LIMITS.sampleBytesMax / (2 * paths.length)),
    )
    const evidence = new ColumnEvidence()
    const described: Described[] = []
    for (const path of paths) {
      const sampler = format.createSampler(evidence)
      described.push({ sample: await sampleOf(path, open, bytesMax, sampler), records: sampler.records })
    }
    const { schema, unsupported } = evidence.schema(declared, format.name === 'csv')
    const sniffed = evidence.sniffed(declared)
    const notes =
      sniffed.length === 0
        ? []
        : [`types of ${sniffed.join(', ')} are told from samples: declare them in \`columns:\``]
    const fixedBytes = rowBytes(schema)
    return described.map(file => ({
      schema,
      unsupported,
      units: unitsOf(file, fixedBytes),
      notes: [...notes, ...evidence.notes, ...estimateNotes(file)],
    }))
  }

  async decode({ file, unit, fields }: DecodeRequest): Promise<DecodedUnit> {
    const { path } = file
    const next = nextUnit(file.units, unit)
    const open = async (): Promise<RecordReader> => {
      const reader = new RecordReader(
        counted(await openBytes(await this.#options.open(path)), this.counters),
        this.#options.format.createParser(),
      )
      await reader.skipTo(unit.rowFirst)
      reader.select(fields)
      return reader
    }
    const rowNext = next?.rowFirst ?? Number.POSITIVE_INFINITY
    const piece = {
      key: JSON.stringify([path, fields]),
      rowFirst: unit.rowFirst,
      rowNext,
      last: next === null,
      open,
    }
    try {
      const decoded = await this.#readers.read(piece, reader =>
        reader.read(Math.min(rowNext - unit.rowFirst, LAST_UNIT_ROWS_MAX + 1)),
      )
      if (decoded.batch.rows + decoded.bad.length > LAST_UNIT_ROWS_MAX) throw tooManyRows(path)
      return decoded
    } catch (error) {
      throw readError(error, path)
    }
  }

  async close(): Promise<void> {
    await this.#readers.close()
  }
}

/** A source whose reads are counted, for the report. */
function counted(source: ByteStream, counters: DecoderCounters): ByteStream {
  return {
    read: async target => {
      const before = source.bytesRead
      const length = await source.read(target)
      counters.bytesRead += source.bytesRead - before
      return length
    },
    get bytesRead() {
      return source.bytesRead
    },
    close: () => source.close(),
  }
}

async function sampleOf(
  path: string,
  open: OpenFile,
  bytesMax: number,
  visitor: SampleVisitor,
): Promise<TextSample> {
  try {
    return await readSample(await open(path), bytesMax, visitor)
  } catch (error) {
    throw readError(error, path)
  }
}

function readError(error: unknown, path: string): HindcastError {
  return wrapError(error, 'file-unreadable', 'cannot read the file', {
    where: { uri: path },
    advice: 'Check that it exists and that this user may read it.',
  })
}

function nextUnit(units: readonly FileUnit[], unit: FileUnit): FileUnit | null {
  const at = units.findIndex(other => other.rowFirst === unit.rowFirst)
  return at < 0 ? null : (units[at + 1] ?? null)
}

/** Units for the estimated rows and as many again, with no rows of their own, for an estimate that was too low. */
function unitsOf({ sample, records }: Described, fixedBytes: number): FileUnit[] {
  const rows = estimatedRows(sample, records)
  const textBytes = records === 0 ? 0 : sample.textBytes / records
  const spare = sample.whole ? 1 : sample.exactBytes ? SPARE.plain : SPARE.compressed
  const count = Math.max(1, Math.ceil((rows * spare) / LIMITS.unitRows))
  return Array.from({ length: count }, (_, i) => {
    const rowFirst = i * LIMITS.unitRows
    const unitRows = Math.max(0, Math.min(LIMITS.unitRows, rows - rowFirst))
    return {
      rowFirst,
      rows: unitRows,
      bytes: Math.round(unitRows * (fixedBytes + textBytes)),
      timeMinMs: null,
      timeMaxMs: null,
    }
  })
}

function estimatedRows(sample: TextSample, records: number): number {
  if (sample.whole || sample.textBytes === 0) return records
  return Math.ceil((records * sample.totalBytes) / sample.textBytes)
}

function estimateNotes({ sample }: Described): string[] {
  return sample.whole ? [] : ['rows of text files are estimated from samples']
}

function tooManyRows(path: string): HindcastError {
  return new HindcastError(
    'limit-passed',
    `the file has over ${LAST_UNIT_ROWS_MAX} rows more than its samples suggest`,
    {
      where: { uri: path },
      advice: 'Write it anew as Parquet, or split it into files of about equal rows.',
    },
  )
}
