/** Distinct strings of a column in order of their first appearance, by open addressing. */

const EMPTY = -1
const SLOTS_FIRST = 256
const ARENA_FIRST = 4096

export class BytesDictionary {
  entries = 0
  /** Entry e is `bytes[offsets[e] … offsets[e + 1])`. */
  offsets = new Int32Array(SLOTS_FIRST / 2 + 1)
  bytes = new Uint8Array(ARENA_FIRST)
  #hashes = new Int32Array(SLOTS_FIRST / 2)
  #slots = new Int32Array(SLOTS_FIRST).fill(EMPTY)

  /** Bytes of all entries. */
  get length(): number {
    return this.offsets[this.entries]!
  }

  /** Code of `bytes[start … end)`, or -1 where it is new and the dictionary has no room for it. */
  codeOf(bytes: Uint8Array, start: number, end: number, entriesMax: number, bytesMax: number): number {
    const hash = hashOf(bytes, start, end)
    let slot = hash & (this.#slots.length - 1)
    let code = this.#slots[slot]!
    while (code !== EMPTY) {
      if (this.#hashes[code] === hash && this.#equals(code, bytes, start, end)) return code
      slot = (slot + 1) & (this.#slots.length - 1)
      code = this.#slots[slot]!
    }
    if (this.entries === entriesMax || this.length + end - start > bytesMax) return EMPTY
    code = this.entries
    this.#slots[slot] = code
    this.#add(hash, bytes, start, end)
    return code
  }

  #equals(code: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.offsets[code]!
    if (this.offsets[code + 1]! - from !== end - start) return false
    const own = this.bytes
    for (let i = start, j = from; i < end; i++, j++) if (own[j] !== bytes[i]) return false
    return true
  }

  #add(hash: number, bytes: Uint8Array, start: number, end: number): void {
    const code = this.entries
    if (code === this.#hashes.length) {
      this.#hashes = grown(this.#hashes, new Int32Array(2 * code))
      this.offsets = grown(this.offsets, new Int32Array(2 * code + 1))
    }
    const from = this.offsets[code]!
    const to = from + end - start
    if (to > this.bytes.length) {
      this.bytes = grown(this.bytes, new Uint8Array(Math.max(to, 2 * this.bytes.length)))
    }
    for (let i = start, j = from; i < end; i++, j++) this.bytes[j] = bytes[i]!
    this.#hashes[code] = hash
    this.offsets[code + 1] = to
    this.entries = code + 1
    if (2 * this.entries > this.#slots.length) this.#rehash()
  }

  #rehash(): void {
    const slots = new Int32Array(2 * this.#slots.length).fill(EMPTY)
    for (let code = 0; code < this.entries; code++) {
      let slot = this.#hashes[code]! & (slots.length - 1)
      while (slots[slot] !== EMPTY) slot = (slot + 1) & (slots.length - 1)
      slots[slot] = code
    }
    this.#slots = slots
  }
}

function grown<T extends Int32Array | Uint8Array>(from: T, to: T): T {
  to.set(from as Int32Array & Uint8Array)
  return to
}

/** FNV-1a with a final mix; long strings cost a byte's work each, which copying them costs as well. */
function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let h = 0x811c9dc5
  for (let i = start; i < end; i++) h = Math.imul(h ^ bytes[i]!, 0x01000193)
  return h ^ (h >>> 15)
}
