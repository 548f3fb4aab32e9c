/**
 * Which requests fetch a set of wanted ranges: neighbours together, long ones in pieces, none across a block, since
 * each block has DataNodes of its own. No I/O.
 *
 *     wanted   ▕██▏▕███▏ ▕█▏                ▕██████████████████▏
 *     pieces   ▕██████████▏                 ▕████████▏▕████████▏
 *                            blocks  │               │                 │
 */

export interface Range {
  readonly position: number
  readonly length: number
}

/** What one request fetches, and which of the wanted ranges it has bytes of. */
export interface Piece extends Range {
  readonly parts: readonly number[]
}

export interface PieceRules {
  /** Unwanted bytes between two ranges that are fetched with them, at most. */
  readonly gapBytes: number
  /** Longest piece. */
  readonly pieceBytes: number
  /** 0 where the file has no blocks. */
  readonly blockBytes: number
}

/** Pieces in the order of their positions. Empty ranges have none. */
export function planPieces(wanted: readonly Range[], rules: PieceRules): Piece[] {
  const order = wanted
    .map((range, index) => ({ ...range, index }))
    .filter(({ length }) => length > 0)
    .sort((a, b) => a.position - b.position)
  const pieces: Piece[] = []
  for (let first = 0; first < order.length; ) {
    const { position } = order[first]!
    let end = position
    let next = first
    for (; next < order.length && (next === first || order[next]!.position <= end + rules.gapBytes); next++)
      end = Math.max(end, order[next]!.position + order[next]!.length)
    const members = order.slice(first, next)
    for (const piece of cut(position, end, rules)) {
      const parts = members.filter(member => overlaps(member, piece)).map(({ index }) => index)
      if (parts.length > 0) pieces.push({ ...piece, parts })
    }
    first = next
  }
  return pieces
}

/** Pieces of about the same length, so that none of those that are fetched side by side ends late. */
function* cut(from: number, to: number, { pieceBytes, blockBytes }: PieceRules): Generator<Range> {
  for (let at = from; at < to; ) {
    const stop = blockBytes === 0 ? to : Math.min(to, (Math.floor(at / blockBytes) + 1) * blockBytes)
    const count = Math.ceil((stop - at) / pieceBytes)
    const length = Math.ceil((stop - at) / count)
    for (; at < stop; at += length) yield { position: at, length: Math.min(length, stop - at) }
    at = stop
  }
}

function overlaps(a: Range, b: Range): boolean {
  return a.position < b.position + b.length && b.position < a.position + a.length
}

/** Copies what of `chunk`, which lies at `position` of the file, belongs into `target`, which is `range` of it. */
export function scatter(chunk: Uint8Array, position: number, range: Range, target: Uint8Array): void {
  const from = Math.max(position, range.position)
  const to = Math.min(position + chunk.length, range.position + range.length)
  if (from < to) target.set(chunk.subarray(from - position, to - position), from - range.position)
}
