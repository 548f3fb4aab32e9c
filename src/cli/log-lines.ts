/**
 * A stream of bytes → its lines, without their ends (LF or CR LF) and without a byte order mark. A line longer than
 * the limit is not kept: it is handed on cut, which no reader of JSON takes for a whole one.
 */

const LF = 0x0a
const CR = 0x0d

/** Called with `bytes[start … end)` for each line; the bytes are only valid during the call. */
export type OnLine = (bytes: Uint8Array, start: number, end: number) => void

export class LineSplitter {
  readonly #onLine: OnLine
  readonly #bytesMax: number
  /** The beginning of a line whose end has not come yet. */
  #held: Uint8Array[] = []
  #heldBytes = 0
  #first = true

  constructor(bytesMax: number, onLine: OnLine) {
    this.#bytesMax = bytesMax
    this.#onLine = onLine
  }

  /** Hands on the lines that end in this chunk; the chunk may be used again afterwards. */
  push(chunk: Uint8Array): void {
    let start = 0
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, start)) {
      if (this.#heldBytes === 0) this.#emit(chunk, start, at)
      else {
        this.#hold(chunk, start, at)
        this.#release()
      }
      start = at + 1
    }
    if (start < chunk.length) this.#hold(chunk, start, chunk.length)
  }

  /** Hands on a last line without an end. */
  finish(): void {
    if (this.#heldBytes > 0) this.#release()
  }

  #hold(chunk: Uint8Array, start: number, end: number): void {
    const room = this.#bytesMax + 1 - this.#heldBytes
    if (room <= 0 || end === start) return
    const part = chunk.slice(start, Math.min(end, start + room))
    this.#held.push(part)
    this.#heldBytes += part.length
  }

  #release(): void {
    const line = Buffer.concat(this.#held)
    this.#held = []
    this.#heldBytes = 0
    this.#emit(line, 0, line.length)
  }

  #emit(bytes: Uint8Array, start: number, end: number): void {
    let from = start
    if (this.#first && bytes[from] === 0xef && bytes[from + 1] === 0xbb && bytes[from + 2] === 0xbf) from += 3
    this.#first = false
    this.#onLine(bytes, from, end > from && bytes[end - 1] === CR ? end - 1 : end)
  }
}
