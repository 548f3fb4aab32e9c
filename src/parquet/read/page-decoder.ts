/**
 * One page → rows of a column: checksum, levels, decompression, values, nulls in their places.
 *
 *     v1   [ definition levels, values ] compressed together
 *     v2   [ definition levels ] plain, [ values ] compressed or not
 *
 * Only flat columns come here: no repetition levels, and a definition level is 0 (null) or 1.
 */

import { crc32 } from 'node:zlib'
import { physicalKind } from '../../core/batch/index.ts'
import { assert } from '../../errors.ts'
import { decompress } from '../codec/decompress.ts'
import { corrupt, unsupported } from '../damage.ts'
import { countValid } from '../encoding/expand.ts'
import { decodeBitPackedU8, decodeRleU8, rleAll } from '../encoding/rle.ts'
import type { PageHeader } from '../format/metadata.ts'
import { ColumnTarget } from './column-target.ts'
import type { Dictionary } from './page-values.ts'
import { decodeValues, dictionaryOf } from './page-values.ts'
import type { ChunkPlan } from './plan-read.ts'

type DataHeader = Extract<PageHeader, { type: 'data' | 'data-v2' }>
type DictionaryHeader = Extract<PageHeader, { type: 'dictionary' }>

/** Rows of a page; 0 for one that has none. */
export function pageValues(header: PageHeader): number {
  return header.type === 'data' || header.type === 'data-v2' ? header.values : 0
}

/** Appends all rows of a data page; `bytes` is the page as it is in the file, without its header. */
export function decodeDataPage(
  header: PageHeader,
  bytes: Uint8Array,
  plan: ChunkPlan,
  dictionary: Dictionary | null,
  target: ColumnTarget,
): void {
  checkCrc(header, bytes)
  assert(header.type === 'data' || header.type === 'data-v2', 'a data page is decoded')
  const body =
    header.type === 'data' ? bodyV1(header, bytes, plan, target) : bodyV2(header, bytes, plan, target)
  const { values, present, nulls } = body
  const { encoding } = header
  decodeValues(
    { encoding, bytes: values, position: body.position, count: present, nulls, leaf: plan.leaf, dictionary },
    target,
  )
  target.advance(header.values, nulls > 0)
}

/** The values of a dictionary page, as a column without nulls. */
export function decodeDictionaryPage(
  header: DictionaryHeader,
  bytes: Uint8Array,
  plan: ChunkPlan,
): Dictionary {
  checkCrc(header, bytes)
  if (header.encoding !== 'PLAIN' && header.encoding !== 'PLAIN_DICTIONARY') {
    throw unsupported(`a dictionary in encoding ${header.encoding} is not read`)
  }
  const { leaf, chunk } = plan
  const values = decompress(chunk.codec, bytes, header.uncompressedBytes)
  const kind = physicalKind(leaf.type!)
  // every value takes at least a bit
  if (header.values > 8 * values.length) {
    throw corrupt(`a dictionary of ${values.length} bytes cannot have ${header.values} values`)
  }
  const target = new ColumnTarget(kind, header.values, kind === 'bytes' ? values.length : 0)
  const count = header.values
  decodeValues(
    { encoding: 'PLAIN', bytes: values, position: 0, count, nulls: 0, leaf, dictionary: null },
    target,
  )
  target.advance(count, false)
  return dictionaryOf(target.finish(), count)
}

/** A damaged page is never decoded: the checksum is over the bytes in the file. */
function checkCrc(header: PageHeader, bytes: Uint8Array): void {
  if (header.crc === null) return
  const found = crc32(bytes)
  if (found !== header.crc) {
    throw corrupt(`the page's checksum is ${hex(found)}, its header promises ${hex(header.crc)}`)
  }
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0')
}

interface PageBody {
  /** Bytes with the values from `position` on. */
  readonly values: Uint8Array
  readonly position: number
  /** Values that are not null. */
  readonly present: number
  readonly nulls: number
}

function bodyV1(
  header: Extract<DataHeader, { type: 'data' }>,
  bytes: Uint8Array,
  { leaf, chunk }: ChunkPlan,
  target: ColumnTarget,
): PageBody {
  const values = decompress(chunk.codec, bytes, header.uncompressedBytes)
  if (!leaf.isOptional) return { values, position: 0, present: header.values, nulls: 0 }
  if (header.definitionEncoding === 'BIT_PACKED') {
    const position = Math.ceil(header.values / 8)
    if (position > values.length) throw corrupt('the page ends inside its definition levels')
    const valid = target.validity()
    decodeBitPackedU8(values, 0, position, 1, header.values, valid, target.at)
    const present = countValid(valid, target.at, header.values)
    return { values, position, present, nulls: header.values - present }
  }
  if (header.definitionEncoding !== 'RLE') {
    throw unsupported(`definition levels in encoding ${header.definitionEncoding} are not read`)
  }
  if (values.length < 4) throw corrupt('the page ends before its definition levels')
  const length = new DataView(values.buffer, values.byteOffset, 4).getUint32(0, true)
  if (length > values.length - 4) {
    throw corrupt(`definition levels of ${length} bytes in a page of ${values.length}`)
  }
  const present = readLevels(values, 4, 4 + length, header.values, target)
  return { values, position: 4 + length, present, nulls: header.values - present }
}

function bodyV2(
  header: Extract<DataHeader, { type: 'data-v2' }>,
  bytes: Uint8Array,
  { leaf, chunk }: ChunkPlan,
  target: ColumnTarget,
): PageBody {
  const levelBytes = header.repetitionBytes + header.definitionBytes
  if (header.repetitionBytes < 0 || header.definitionBytes < 0 || levelBytes > bytes.length) {
    throw corrupt(`levels of ${levelBytes} bytes in a page of ${bytes.length}`)
  }
  if (header.uncompressedBytes < levelBytes) {
    throw corrupt(`levels of ${levelBytes} bytes in a page of ${header.uncompressedBytes} uncompressed`)
  }
  const present = leaf.isOptional
    ? readLevels(bytes, header.repetitionBytes, levelBytes, header.values, target)
    : header.values
  const nulls = header.values - present
  if (nulls !== header.nulls) throw corrupt(`the page has ${nulls} nulls, its header says ${header.nulls}`)
  const data = bytes.subarray(levelBytes)
  const size = header.uncompressedBytes - levelBytes
  // some writers compress nothing to nothing
  if (present === 0 && data.length === 0) return { values: data, position: 0, present, nulls }
  const values = decompress(header.isCompressed ? chunk.codec : 'UNCOMPRESSED', data, size)
  return { values, position: 0, present, nulls }
}

/** Reads definition levels into the target's validity, unless none is null; returns how many are not. */
function readLevels(
  bytes: Uint8Array,
  position: number,
  end: number,
  rows: number,
  target: ColumnTarget,
): number {
  if (rows === 0 || rleAll(bytes, position, end, 1, rows, 1)) return rows
  const valid = target.validity()
  decodeRleU8(bytes, position, end, 1, rows, valid, target.at)
  return countValid(valid, target.at, rows)
}
