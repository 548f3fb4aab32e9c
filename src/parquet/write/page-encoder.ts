/**
 * Rows → one compressed data page (v1) with header and checksum.
 *
 *     [ header ][ compressed: ( length, definition levels ) values ]
 */

import { crc32 } from 'node:zlib'
import type { CompressionName } from '../codec/compress.ts'
import { compress } from '../codec/compress.ts'
import { PageBuffer } from '../encoding/page-buffer.ts'
import { encodeLevels } from '../encoding/rle-encode.ts'
import type { EncodingName, PageHeader, Statistics } from '../format/metadata.ts'
import { encodePageHeader } from '../format/page-header.ts'
import { WRITE_MEMORY } from './write-memory.ts'

/** A page ready to be written. */
export interface EncodedPage {
  /** Header and body, in memory that is used again once it is written. */
  readonly bytes: Uint8Array
  readonly rows: number
  readonly headerBytes: number
  readonly uncompressedBytes: number
}

/** Working memory of the pages of one thread. */
const buffer = new PageBuffer()

export interface DataPage {
  readonly rows: number
  /** One byte a row; null: no row is null. */
  readonly valid: Uint8Array | null
  readonly encoding: EncodingName
  readonly statistics: Statistics | null
  /** Writes the values that are not null. */
  readonly writeValues: (out: PageBuffer) => void
}

export function encodeDataPage(page: DataPage, codec: CompressionName): EncodedPage {
  buffer.clear()
  writeLevels(page)
  page.writeValues(buffer)
  const body = buffer.written()
  const compressed = compress(codec, body)
  const { rows, encoding, statistics } = page
  return assemble(compressed, rows, {
    type: 'data',
    values: rows,
    encoding,
    definitionEncoding: 'RLE',
    repetitionEncoding: 'RLE',
    statistics,
    uncompressedBytes: body.length,
    compressedBytes: compressed.length,
    crc: crc32(compressed),
  })
}

export function encodeDictionaryPage(
  entries: number,
  writeValues: (out: PageBuffer) => void,
  codec: CompressionName,
): EncodedPage {
  buffer.clear()
  writeValues(buffer)
  const body = buffer.written()
  const compressed = compress(codec, body)
  return assemble(compressed, 0, {
    type: 'dictionary',
    values: entries,
    encoding: 'PLAIN',
    uncompressedBytes: body.length,
    compressedBytes: compressed.length,
    crc: crc32(compressed),
  })
}

/** All columns are OPTIONAL: a level a row, with the length of the levels in front. */
function writeLevels({ rows, valid }: DataPage): void {
  const lengthAt = buffer.position
  buffer.u32(0)
  encodeLevels(buffer, valid, 0, rows)
  buffer.u32(buffer.position - lengthAt - 4, lengthAt)
}

function assemble(body: Uint8Array, rows: number, header: PageHeader): EncodedPage {
  const head = encodePageHeader(header)
  const bytes = WRITE_MEMORY.bytes(head.length + body.length)
  bytes.set(head)
  bytes.set(body, head.length)
  return { bytes, rows, headerBytes: head.length, uncompressedBytes: head.length + header.uncompressedBytes }
}
