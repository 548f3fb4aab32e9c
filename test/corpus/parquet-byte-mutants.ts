/** Mutants that know nothing of the format: bytes flipped, overwritten, cut out, put in, moved. */
import { concatenated } from './parquet-parts.ts'
import type { Random } from './parquet-random.ts'

const KINDS = ['flip', 'flip', 'flip', 'overwrite', 'cut', 'insert', 'splice', 'truncate'] as const

/** Changes `bytes` in one to three ways; the last bytes, where the structure is, more often than others. */
export function mutateBytes(bytes: Uint8Array, random: Random): Uint8Array {
  let mutant = bytes
  for (let times = random.oneIn(3) ? 1 + random.below(3) : 1; times > 0; times--)
    mutant = once(mutant, random)
  return mutant
}

function once(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length === 0) return random.bytes(random.below(32))
  const at = placeIn(bytes, random)
  switch (random.pick(KINDS)) {
    case 'flip': {
      const copy = bytes.slice()
      copy[at]! ^= 1 << random.below(8)
      return copy
    }
    case 'overwrite': {
      const copy = bytes.slice()
      const length = Math.min(copy.length - at, 1 + random.below(random.oneIn(4) ? 64 : 4))
      if (random.oneIn(2)) copy.fill(random.pick([0, 1, 0x7f, 0x80, 0xff]), at, at + length)
      else copy.set(random.bytes(length), at)
      return copy
    }
    case 'cut':
      return concatenated([bytes.subarray(0, at), bytes.subarray(at + 1 + random.below(16))])
    case 'insert':
      return concatenated([bytes.subarray(0, at), random.bytes(1 + random.below(16)), bytes.subarray(at)])
    case 'splice': {
      const copy = bytes.slice()
      const from = random.below(bytes.length)
      copy.copyWithin(at, from, from + 1 + random.below(256))
      return copy
    }
    case 'truncate':
      return bytes.slice(0, at)
  }
}

function placeIn(bytes: Uint8Array, random: Random): number {
  const span = random.oneIn(3) ? Math.min(bytes.length, 16 + random.below(512)) : bytes.length
  return bytes.length - 1 - random.below(span)
}
