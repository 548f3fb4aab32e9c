/** Labels and what belongs to them, below one another. */

/** Lines of `label  text`, the labels padded to the longest; several lines of text stay below one another. */
export function labelled(rows: readonly (readonly [label: string, text: string])[], indent = ''): string {
  const width = Math.max(0, ...rows.map(([label]) => label.length))
  const hang = `\n${indent}${' '.repeat(width)}  `
  return rows
    .map(([label, text]) => `${indent}${label.padEnd(width)}  ${text.replaceAll('\n', hang)}\n`)
    .join('')
}
