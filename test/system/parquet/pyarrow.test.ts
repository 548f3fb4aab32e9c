/**
 * The matrix of files by PyArrow: every type × encoding × codec × page version × nullability, read equal by us.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTempDirectory, type Python, removeTempDirectory } from '../../harness/index.ts'
import type { Coverage } from './foreign-files.ts'
import { examineFolder, pythonWithArrow, scriptPath } from './tools.ts'

let python: Python
let folder: string

beforeAll(async () => {
  folder = makeTempDirectory()
  python = await pythonWithArrow()
})

afterAll(() => removeTempDirectory(folder))

/** Encodings that a chunk's pages may have, by physical type; a `+` stands for a dictionary given up half-way. */
const ENCODINGS: Readonly<Record<string, readonly string[]>> = {
  BOOLEAN: ['PLAIN', 'RLE'],
  INT32: ['PLAIN', 'RLE_DICTIONARY', 'RLE_DICTIONARY+PLAIN', 'DELTA_BINARY_PACKED', 'BYTE_STREAM_SPLIT'],
  INT64: ['PLAIN', 'RLE_DICTIONARY', 'RLE_DICTIONARY+PLAIN', 'DELTA_BINARY_PACKED', 'BYTE_STREAM_SPLIT'],
  FLOAT: ['PLAIN', 'RLE_DICTIONARY', 'RLE_DICTIONARY+PLAIN', 'BYTE_STREAM_SPLIT'],
  DOUBLE: ['PLAIN', 'RLE_DICTIONARY', 'RLE_DICTIONARY+PLAIN', 'BYTE_STREAM_SPLIT'],
  BYTE_ARRAY: [
    'PLAIN',
    'RLE_DICTIONARY',
    'RLE_DICTIONARY+PLAIN',
    'DELTA_LENGTH_BYTE_ARRAY',
    'DELTA_BYTE_ARRAY',
  ],
  FIXED_LEN_BYTE_ARRAY: [
    'PLAIN',
    'RLE_DICTIONARY',
    'RLE_DICTIONARY+PLAIN',
    'DELTA_BYTE_ARRAY',
    'BYTE_STREAM_SPLIT',
  ],
}

const CODECS = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD', 'LZ4_RAW', 'BROTLI']

/** Every cell of the matrix, as text. */
function matrix(): string[] {
  return Object.entries(ENCODINGS).flatMap(([physical, encodings]) =>
    encodings.flatMap(encoding =>
      CODECS.flatMap(codec =>
        [1, 2].flatMap(version =>
          [true, false].map(optional => cellName(physical, encoding, codec, version, optional)),
        ),
      ),
    ),
  )
}

function cellName(
  physical: string,
  encoding: string,
  codec: string,
  version: number | null,
  optional: boolean,
): string {
  return [physical, encoding, codec, `v${version}`, optional ? 'OPTIONAL' : 'REQUIRED'].join(' ')
}

/** Cells that some chunk of several pages has. */
function covered(coverage: readonly Coverage[]): Set<string> {
  return new Set(
    coverage
      .filter(({ pages }) => pages > 1)
      .map(({ physical, encodings, codec, version, optional }) =>
        cellName(physical, encodings.join('+'), codec, version, optional),
      ),
  )
}

describe('files by PyArrow', () => {
  it('of every type, encoding, codec, page version and nullability are read equal', async context => {
    python.need(context)
    await python.run(scriptPath('write_arrow.py'), [folder])
    const { complaints, coverage, files } = await examineFolder(folder)
    expect(complaints).toEqual([])
    expect(files).toBe(185)
    // The writer did what it was told: a matrix with holes would pass without a word.
    const cells = covered(coverage)
    expect(matrix().filter(cell => !cells.has(cell))).toEqual([])
    expect(matrix()).toHaveLength(720)
    expect(cells).toContain('INT96 PLAIN SNAPPY v1 OPTIONAL')
    expect(cells).toContain('INT96 RLE_DICTIONARY SNAPPY v1 REQUIRED')
    for (const flag of ['hasChecksum', 'hasIndex'] as const)
      expect(new Set(coverage.map(chunk => chunk[flag]))).toEqual(new Set([true, false]))
  })
})
