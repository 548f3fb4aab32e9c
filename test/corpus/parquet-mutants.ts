/** Mutant number n of a seed: always the same bytes, so that a failure has a name. */

import { mutateBytes } from './parquet-byte-mutants.ts'
import { mutatePage } from './parquet-page-mutants.ts'
import type { FileParts } from './parquet-parts.ts'
import { chunkStart, concatenated, footerOf, takeApart, withFooter } from './parquet-parts.ts'
import { Random } from './parquet-random.ts'
import type { SeedFile } from './parquet-seeds.ts'
import { mutateTree } from './parquet-thrift-mutants.ts'
import type { Tree } from './parquet-thrift-tree.ts'
import { encodeTree, parseTree } from './parquet-thrift-tree.ts'

/** A seed file with all that mutants are made of, once. */
export interface MutableSeed extends SeedFile {
  readonly parts: FileParts
  readonly footer: Tree
  /** 1 for bytes of the body of a page with a checksum, which no change of may pass. */
  readonly isProtected: Uint8Array
}

export interface Mutant {
  readonly bytes: Uint8Array
  readonly origin: string
  /** Nothing differs from the seed but bytes that a checksum covers. */
  readonly mustBeRefused: boolean
  /** Shares of the rows to read through the index; empty for half of the mutants. */
  readonly ranges: readonly (readonly [number, number])[]
}

export function mutableSeed(seed: SeedFile): MutableSeed {
  const parts = takeApart(seed.bytes)
  const isProtected = new Uint8Array(seed.bytes.length)
  parts.metadata.rowGroups.forEach((group, g) => {
    group.columns.forEach((chunk, c) => {
      let at = chunkStart(chunk)
      for (const { header, body, facts } of parts.chunks[g]![c]!.pages) {
        at += header.length
        if (facts.crc !== null) isProtected.fill(1, at, at + body.length)
        at += body.length
      }
    })
  })
  return { ...seed, parts, footer: parseTree(footerOf(seed.bytes)).tree, isProtected }
}

export function mutantOf(seeds: readonly MutableSeed[], seed: number, number: number): Mutant {
  const random = new Random(seed, number)
  const file = random.pick(seeds)
  const way = random.below(10)
  const [kind, bytes] =
    way < 3
      ? ['bytes', mutateBytes(file.bytes, random)]
      : way < 4
        ? ['body', changedBody(file, random)]
        : way < 6
          ? ['footer', changedFooter(file, random)]
          : way < 7
            ? ['structure', changedStructure(file, random)]
            : ['page', mutatePage(file.parts, random)]
  const from = random.below(100) / 100
  const to = Math.min(1, from + (1 + random.below(30)) / 100)
  return {
    bytes: bytes as Uint8Array,
    origin: `${file.name} (${kind})`,
    mustBeRefused: differsInProtected(file, bytes as Uint8Array),
    ranges: random.oneIn(2) ? [[from, to]] : [],
  }
}

/** Bytes of page bodies overwritten in place. */
function changedBody(file: MutableSeed, random: Random): Uint8Array {
  const copy = file.bytes.slice()
  const first = random.below(copy.length)
  const at = file.isProtected.indexOf(1, first)
  const place = at < 0 ? file.isProtected.indexOf(1) : at
  if (place < 0) return mutateBytes(file.bytes, random)
  for (let i = 0; i <= random.below(4); i++) {
    if (file.isProtected[place + i] === 1) copy[place + i]! ^= 1 << random.below(8)
  }
  return copy
}

function changedFooter(file: MutableSeed, random: Random): Uint8Array {
  const data = file.bytes.subarray(0, file.bytes.length - footerOf(file.bytes).length - 8)
  return withFooter(data, encodeTree(mutateTree(file.footer, file.bytes.length, random)))
}

/** A page header or page index changed where it stands; all behind it moves, and the footer does not know. */
function changedStructure(file: MutableSeed, random: Random): Uint8Array {
  const { bytes, parts } = file
  const group = random.pick(parts.metadata.rowGroups)
  const chunk = random.pick(group.columns)
  const places = [
    chunkStart(chunk),
    chunk.offsetIndex?.position,
    chunk.columnIndex?.position,
    chunk.bloomFilter?.position,
  ]
  const at = random.pick(places.filter(place => place !== undefined))
  const { tree, end } = parseTree(bytes, at)
  const changed = encodeTree(mutateTree(tree, bytes.length, random))
  if (random.oneIn(2)) return concatenated([bytes.subarray(0, at), changed, bytes.subarray(end)])
  const copy = bytes.slice() // what is longer overwrites what follows
  copy.set(changed.subarray(0, copy.length - at), at)
  return copy
}

function differsInProtected(file: MutableSeed, mutant: Uint8Array): boolean {
  if (mutant.length !== file.bytes.length) return false
  let differs = false
  for (let i = 0; i < mutant.length; i++) {
    if (mutant[i] === file.bytes[i]) continue
    if (file.isProtected[i] === 0) return false
    differs = true
  }
  return differs
}
