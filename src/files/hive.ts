/**
 * Hive folders: `…/dt=2024-01-01/country=de/part-0.parquet` carries the columns `dt` and `country`.
 */

/**
 * `key=value` folders of a path, outermost first; keys and values are percent-decoded. A key that occurs twice has
 * the value of the innermost folder. The file's own name is never one. `__proto__` is a key like any other.
 */
export function hiveColumns(path: string): Readonly<Record<string, string>> {
  const columns = new Map<string, string>()
  const folders = path.split('/').slice(0, -1)
  for (const folder of folders) {
    const equals = folder.indexOf('=')
    if (equals > 0)
      columns.set(percentDecoded(folder.slice(0, equals)), percentDecoded(folder.slice(equals + 1)))
  }
  return Object.fromEntries(columns)
}

/** Hive escapes bytes as %XX; what is not a valid escape stays as it is. */
function percentDecoded(text: string): string {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
