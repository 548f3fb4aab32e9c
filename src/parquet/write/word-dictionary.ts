/**
 * Distinct values of a fixed-width column in order of their first appearance, by open addressing. One class per width,
 * so that each loop stays monomorphic.
 */

const EMPTY = -1
const SLOTS_FIRST = 256
/** Codes of values below this are looked up in place: flags, counts and the like need no hash. */
const DIRECT = 1024

/** What the column writer needs of a dictionary. */
export interface WordDictionary {
  /** Distinct values. */
  readonly entries: number
  /** Their words, in order. */
  readonly words: Int32Array
  /** Writes the code of each value; stops, and returns how many were coded, when `entriesMax` would be passed. */
  encode(
    words: Int32Array,
    from: number,
    to: number,
    codes: Int32Array,
    at: number,
    entriesMax: number,
  ): number
}

export function createWordDictionary(width: 1 | 2): WordDictionary {
  return width === 1 ? new Dictionary4() : new Dictionary8()
}

class Dictionary4 implements WordDictionary {
  entries = 0
  readonly #direct = new Int32Array(DIRECT).fill(EMPTY)
  words = new Int32Array(SLOTS_FIRST / 2)
  #slots = new Int32Array(SLOTS_FIRST).fill(EMPTY)

  encode(
    words: Int32Array,
    from: number,
    to: number,
    codes: Int32Array,
    at: number,
    entriesMax: number,
  ): number {
    for (let i = from; i < to; i++) {
      const word = words[i]!
      if (word >>> 0 < DIRECT && this.#direct[word] !== EMPTY) {
        codes[at++] = this.#direct[word]!
        continue
      }
      let slot = hash(word, 0) & (this.#slots.length - 1)
      let code = this.#slots[slot]!
      while (code !== EMPTY && this.words[code] !== word) {
        slot = (slot + 1) & (this.#slots.length - 1)
        code = this.#slots[slot]!
      }
      if (code === EMPTY) {
        if (this.entries === entriesMax) return i - from
        code = this.entries++
        this.#slots[slot] = code
        if (code === this.words.length) this.#grow()
        this.words[code] = word
        if (word >>> 0 < DIRECT) this.#direct[word] = code
        if (2 * this.entries > this.#slots.length) this.#rehash()
      }
      codes[at++] = code
    }
    return to - from
  }

  #grow(): void {
    const words = new Int32Array(2 * this.words.length)
    words.set(this.words)
    this.words = words
  }

  #rehash(): void {
    const slots = new Int32Array(2 * this.#slots.length).fill(EMPTY)
    for (let code = 0; code < this.entries; code++) {
      let slot = hash(this.words[code]!, 0) & (slots.length - 1)
      while (slots[slot] !== EMPTY) slot = (slot + 1) & (slots.length - 1)
      slots[slot] = code
    }
    this.#slots = slots
  }
}

class Dictionary8 implements WordDictionary {
  entries = 0
  words = new Int32Array(SLOTS_FIRST)
  #slots = new Int32Array(SLOTS_FIRST).fill(EMPTY)

  encode(
    words: Int32Array,
    from: number,
    to: number,
    codes: Int32Array,
    at: number,
    entriesMax: number,
  ): number {
    for (let i = from; i < to; i++) {
      const low = words[2 * i]!
      const high = words[2 * i + 1]!
      let slot = hash(low, high) & (this.#slots.length - 1)
      let code = this.#slots[slot]!
      while (code !== EMPTY && (this.words[2 * code] !== low || this.words[2 * code + 1] !== high)) {
        slot = (slot + 1) & (this.#slots.length - 1)
        code = this.#slots[slot]!
      }
      if (code === EMPTY) {
        if (this.entries === entriesMax) return i - from
        code = this.entries++
        this.#slots[slot] = code
        if (2 * code === this.words.length) this.#grow()
        this.words[2 * code] = low
        this.words[2 * code + 1] = high
        if (2 * this.entries > this.#slots.length) this.#rehash()
      }
      codes[at++] = code
    }
    return to - from
  }

  #grow(): void {
    const words = new Int32Array(2 * this.words.length)
    words.set(this.words)
    this.words = words
  }

  #rehash(): void {
    const slots = new Int32Array(2 * this.#slots.length).fill(EMPTY)
    for (let code = 0; code < this.entries; code++) {
      let slot = hash(this.words[2 * code]!, this.words[2 * code + 1]!) & (slots.length - 1)
      while (slots[slot] !== EMPTY) slot = (slot + 1) & (slots.length - 1)
      slots[slot] = code
    }
    this.#slots = slots
  }
}

/** Mixes two words; the finaliser of MurmurHash3. */
function hash(low: number, high: number): number {
  let h = low ^ Math.imul(high, 0x9e3779b1)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}
