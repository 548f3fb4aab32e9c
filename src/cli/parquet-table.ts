/**
 * Tables of text for `hindcast parquet`, in columns of bounded width; what stands in a file is never sent to a
 * terminal as it is.
 */

export interface TableColumn {
  readonly head: string
  /** Characters; what is longer ends in `…`. */
  readonly widthMax: number
  readonly isNumeric?: boolean
}

const GAP = '  '

/** Lines with a trailing newline each: heads, then rows. */
export function tableText(
  columns: readonly TableColumn[],
  rows: readonly (readonly string[])[],
  indent = '  ',
): string {
  const cells = [columns.map(({ head }) => head), ...rows].map(row =>
    row.map((cell, c) => cut(printable(cell), columns[c]!.widthMax)),
  )
  const widths = columns.map((_, c) => cells.reduce((width, row) => Math.max(width, row[c]!.length), 0))
  return cells
    .map(row => {
      const padded = row.map((cell, c) =>
        columns[c]!.isNumeric === true ? cell.padStart(widths[c]!) : cell.padEnd(widths[c]!),
      )
      return `${indent}${padded.join(GAP)}`.trimEnd()
    })
    .map(line => `${line}\n`)
    .join('')
}

/** At most `widthMax` characters. */
export function cut(text: string, widthMax: number): string {
  return text.length <= widthMax ? text : `${text.slice(0, widthMax - 1)}…`
}

/** Control and format characters as `\u{1b}`: a name in a hostile file may hold commands to the terminal. */
export function printable(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    char => `\\u{${char.codePointAt(0)!.toString(16)}}`,
  )
}
