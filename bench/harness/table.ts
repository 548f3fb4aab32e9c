/** A Markdown table, padded so that it reads well on a terminal too. */
export function markdownTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = header.map((title, c) => Math.max(title.length, ...rows.map(row => row[c]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, c) => cell.padEnd(widths[c]!)).join(' | ')} |`
  return [line(header), line(widths.map(width => '-'.repeat(width))), ...rows.map(line)].join('\n')
}

export function gigabytes(bytes: number): string {
  return Number.isNaN(bytes) ? '–' : `${(bytes / 1e9).toFixed(2)} GB`
}

export function millions(rowsPerSecond: number): string {
  return Number.isNaN(rowsPerSecond) ? '–' : (rowsPerSecond / 1e6).toFixed(2)
}
