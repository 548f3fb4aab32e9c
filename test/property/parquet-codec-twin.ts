/**
 * Snappy and LZ4, slow and obvious: what test/property/parquet-codec.test.ts compares the kernels with. One byte at
 * a time, into plain arrays; anything that the formats do not allow gives null.
 */

/** The elements of a Snappy block. */
export type SnappyElement =
  | { readonly kind: 'literal'; readonly bytes: Uint8Array }
  | { readonly kind: 'copy'; readonly form: 1 | 2 | 3; readonly distance: number; readonly size: number }

/** Appends `size` bytes from `distance` back; false where there are not so many. */
function repeat(out: number[], distance: number, size: number): boolean {
  if (distance < 1 || distance > out.length) return false
  for (let i = 0; i < size; i++) out.push(out[out.length - distance]!)
  return true
}

/** The output of a Snappy block of which `size` bytes are expected; null where it is no such block. */
export function twinSnappyDecompress(input: Uint8Array, size: number): Uint8Array | null {
  let at = 0
  let said = 0
  for (let shift = 0; ; shift += 7) {
    if (at >= input.length || shift > 28) return null
    const byte = input[at++]!
    said += (byte % 128) * 2 ** shift
    if (byte < 128) break
  }
  if (said !== size) return null
  const out: number[] = []
  const number = (bytes: number): number | null => {
    if (at + bytes > input.length) return null
    let value = 0
    for (let i = 0; i < bytes; i++) value += input[at++]! * 256 ** i
    return value
  }
  while (at < input.length) {
    const tag = input[at++]!
    const form = tag % 4
    const high = Math.floor(tag / 4)
    if (form === 0) {
      const last = high < 60 ? high : number(high - 59)
      if (last === null || at + last + 1 > input.length || out.length + last + 1 > size) return null
      for (let i = 0; i <= last; i++) out.push(input[at++]!)
    } else {
      const low = number(form === 3 ? 4 : form)
      if (low === null) return null
      const distance = form === 1 ? Math.floor(tag / 32) * 256 + low : low
      const count = form === 1 ? (high % 8) + 4 : high + 1
      if (out.length + count > size || !repeat(out, distance, count)) return null
    }
  }
  return out.length === size ? Uint8Array.from(out) : null
}

/** A Snappy block of the elements, as they are, and what comes out of it. Literals take the shortest form. */
export function twinSnappyBlock(elements: readonly SnappyElement[]): {
  input: Uint8Array
  output: Uint8Array
} {
  const out: number[] = []
  const body: number[] = []
  const number = (value: number, bytes: number): void => {
    for (let i = 0; i < bytes; i++) body.push(Math.floor(value / 256 ** i) % 256)
  }
  for (const element of elements) {
    if (element.kind === 'literal') {
      const { bytes } = element
      const last = bytes.length - 1
      if (last < 0) continue
      const more = last < 60 ? 0 : last < 256 ? 1 : last < 65536 ? 2 : 3
      body.push((more === 0 ? last : 59 + more) * 4)
      number(last, more)
      for (const byte of bytes) {
        body.push(byte)
        out.push(byte)
      }
    } else {
      const { form } = element
      if (out.length === 0) continue
      const reach = form === 1 ? 2047 : form === 2 ? 65535 : 2 ** 32 - 1
      const distance = ((element.distance - 1) % Math.min(out.length, reach)) + 1
      const count = form === 1 ? 4 + (element.size % 8) : 1 + (element.size % 64)
      body.push(form === 1 ? 1 + (count - 4) * 4 + Math.floor(distance / 256) * 32 : form + (count - 1) * 4)
      number(form === 1 ? distance % 256 : distance, form === 3 ? 4 : form)
      repeat(out, distance, count)
    }
  }
  const preamble: number[] = []
  let rest = out.length
  for (; rest >= 128; rest = Math.floor(rest / 128)) preamble.push((rest % 128) + 128)
  preamble.push(rest)
  return { input: Uint8Array.from([...preamble, ...body]), output: Uint8Array.from(out) }
}

/** The output of an LZ4 block of at most `sizeMax` bytes; null where it is no such block. */
export function twinLz4Decompress(input: Uint8Array, sizeMax: number): Uint8Array | null {
  const out: number[] = []
  let at = 0
  const extended = (half: number): number | null => {
    let value = half
    for (let byte = half === 15 ? 255 : 0; byte === 255; value += byte) {
      if (at >= input.length) return null
      byte = input[at++]!
    }
    return value
  }
  while (at < input.length) {
    const token = input[at++]!
    const size = extended(token >> 4)
    if (size === null || at + size > input.length || out.length + size > sizeMax) return null
    for (let i = 0; i < size; i++) out.push(input[at++]!)
    if (at === input.length) return Uint8Array.from(out)
    if (at + 2 > input.length) return null
    const distance = input[at]! + 256 * input[at + 1]!
    at += 2
    const rest = extended(token & 15)
    if (rest === null || out.length + rest + 4 > sizeMax || !repeat(out, distance, rest + 4)) return null
  }
  return null
}
