/**
 * Mutants of pages: a body changed where the codec does not see it (decompressed, changed, compressed again), pages
 * moved, left out, doubled or taken from elsewhere, and counts that are wrong everywhere alike. All else of the file
 * fits: this reaches what lies behind the checks of structure.
 */
import { crc32 } from 'node:zlib'
import type { CompressionName } from '../../src/parquet/codec/compress.ts'
import { compress } from '../../src/parquet/codec/compress.ts'
import { decompress } from '../../src/parquet/codec/decompress.ts'
import type { FileMetadata, PageHeader } from '../../src/parquet/format/metadata.ts'
import { encodePageHeader } from '../../src/parquet/format/page-header.ts'
import { mutateBytes } from './parquet-byte-mutants.ts'
import type { ChunkParts, FileParts, PagePart } from './parquet-parts.ts'
import { concatenated, putTogether } from './parquet-parts.ts'
import type { Random } from './parquet-random.ts'
import { mutateTree } from './parquet-thrift-mutants.ts'
import { encodeTree, parseTree } from './parquet-thrift-tree.ts'

/** One page of the file. */
interface PagePlace {
  readonly group: number
  readonly column: number
  readonly page: number
}

export function mutatePage(parts: FileParts, random: Random): Uint8Array {
  const place = anyPage(parts, random)
  const chunk = parts.chunks[place.group]![place.column]!
  switch (random.below(10)) {
    case 0:
      return putTogether(withPages(parts, place, rearranged(parts, chunk.pages, place.page, random)))
    case 1:
    case 2:
      return claimedRows(parts, place, random)
    case 3:
    case 4: {
      const page = chunk.pages[place.page]!
      const tree = mutateTree(parseTree(page.header).tree, page.body.length, random)
      return putTogether(withPage(parts, place, { ...page, header: encodeTree(tree) }))
    }
    default: {
      const { codec } = parts.metadata.rowGroups[place.group]!.columns[place.column]!
      const page = chunk.pages[place.page]!
      return putTogether(withPage(parts, place, changedBody(page, codec as CompressionName, random)))
    }
  }
}

function anyPage(parts: FileParts, random: Random): PagePlace {
  const group = random.below(parts.chunks.length)
  const column = random.below(parts.chunks[group]!.length)
  return { group, column, page: random.below(parts.chunks[group]![column]!.pages.length) }
}

/** The body changed as the decoder of its values sees it; its checksum now right, or gone, or stale. */
function changedBody(page: PagePart, codec: CompressionName, random: Random): PagePart {
  const { facts } = page
  if (facts.type === 'other') return page
  const levelBytes = facts.type === 'data-v2' ? facts.definitionBytes + facts.repetitionBytes : 0
  const isPlain = facts.type === 'data-v2' && !facts.isCompressed
  const used = isPlain ? 'UNCOMPRESSED' : codec
  const values = decompress(
    used,
    page.body.subarray(levelBytes),
    facts.uncompressedBytes - levelBytes,
  ).slice()
  const levels = page.body.subarray(0, levelBytes)
  const isInLevels = levelBytes > 0 && random.oneIn(3)
  const newLevels = isInLevels ? changedFront(levels, random) : levels
  const newValues = isInLevels ? values : changedFront(values, random)
  const body = concatenated([newLevels, compress(used, newValues)])
  const crc = random.oneIn(8) ? facts.crc : facts.crc === null || random.oneIn(4) ? null : crc32(body)
  const header: PageHeader = {
    ...facts,
    ...(facts.type === 'data-v2' ? { definitionBytes: newLevels.length - facts.repetitionBytes } : {}),
    uncompressedBytes: newLevels.length + newValues.length,
    compressedBytes: body.length,
    crc,
  }
  if (facts.type === 'data-v2' && newLevels.length < facts.repetitionBytes) return page
  return { header: encodePageHeader(header).slice(), body, facts }
}

/** Widths, lengths and the headers of runs and blocks lie in front: half of the changes go there. */
function changedFront(bytes: Uint8Array, random: Random): Uint8Array {
  if (random.oneIn(2)) return mutateBytes(bytes, random)
  const copy = bytes.slice()
  if (copy.length === 0) return copy
  for (let times = 1 + random.below(3); times > 0; times--) {
    copy[random.below(Math.min(copy.length, 24))] = random.oneIn(2)
      ? random.byte()
      : random.pick([0, 0x7f, 0x80, 0xff])
  }
  return copy
}

/** Pages of the chunk with one gone, doubled, moved, or replaced by one of anywhere. */
function rearranged(
  parts: FileParts,
  pages: readonly PagePart[],
  at: number,
  random: Random,
): readonly PagePart[] {
  const page = pages[at]!
  switch (random.below(4)) {
    case 0:
      return pages.toSpliced(at, 1)
    case 1:
      return pages.toSpliced(random.below(pages.length + 1), 0, page)
    case 2:
      return pages.toReversed()
    default: {
      const other = anyPage(parts, random)
      return pages.with(at, parts.chunks[other.group]![other.column]!.pages[other.page]!)
    }
  }
}

/** Another number of rows in the page, its chunk, its row group and the file: only the values are too few or many. */
function claimedRows(parts: FileParts, place: PagePlace, random: Random): Uint8Array {
  const page = parts.chunks[place.group]![place.column]!.pages[place.page]!
  const { facts } = page
  if (facts.type === 'other') return putTogether(parts)
  const values = random.oneIn(2)
    ? Math.max(0, facts.values + random.below(17) - 8)
    : random.pick([0, 1, 7, 8, 9, 1000, 65_536, 2 ** 20])
  const header = { ...facts, values }
  const changed = withPage(parts, place, { ...page, header: encodePageHeader(header).slice(), facts: header })
  const more = facts.type === 'dictionary' ? 0 : values - facts.values
  return putTogether(changed, metadata => withRows(metadata, place.group, more))
}

function withRows(metadata: FileMetadata, group: number, more: number): FileMetadata {
  const old = metadata.rowGroups[group]!
  const rows = Math.max(0, old.rows + more)
  const columns = old.columns.map(chunk => ({ ...chunk, values: rows }))
  return {
    ...metadata,
    rows: metadata.rows + rows - old.rows,
    rowGroups: metadata.rowGroups.with(group, { ...old, rows, columns }),
  }
}

function withPage(parts: FileParts, place: PagePlace, page: PagePart): FileParts {
  return withPages(parts, place, parts.chunks[place.group]![place.column]!.pages.with(place.page, page))
}

function withPages(parts: FileParts, { group, column }: PagePlace, pages: readonly PagePart[]): FileParts {
  const chunk: ChunkParts = { ...parts.chunks[group]![column]!, pages }
  return { ...parts, chunks: parts.chunks.with(group, parts.chunks[group]!.with(column, chunk)) }
}
