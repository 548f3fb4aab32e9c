/**
 * Who imports whom: the import statements of files, and the cycles among them.
 */
import { posix } from 'node:path'
import { blankText } from './blank.ts'
import type { SourceFile } from './source-file.ts'

export interface Import {
  readonly from: SourceFile
  /** Position in the text of `from`. */
  readonly at: number
  readonly specifier: string
  /** Path of the imported file for a relative specifier, else null (a package, a Node module). */
  readonly target: string | null
  readonly isTypeOnly: boolean
}

/** `import … from '`, `export … from '`, `import '`, `import('`, and `new URL('` of a thread's entry. */
const STATEMENTS =
  /\b(?:(?:import|export)\s+(type\s)?[^'"`;()=]*?\bfrom\s*|import\s*\(?\s*|new\s+URL\(\s*)(['"`])/g

export function importsOf(file: SourceFile): Import[] {
  const code = blankText(file.text)
  return [...code.matchAll(STATEMENTS)].map(match => {
    const start = match.index + match[0].length
    const specifier = file.text.slice(start, code.indexOf(match[2] ?? '', start))
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(file.path), specifier) : null
    return { from: file, at: match.index, specifier, target, isTypeOnly: match[1] !== undefined }
  })
}

/** Cycles of imports that happen at run time, each once, as `a → b → a`. */
export function cyclesOf(files: readonly SourceFile[]): string[] {
  const targets = new Map(
    files.map(file => [
      file.path,
      importsOf(file).flatMap(edge => (edge.isTypeOnly || edge.target === null ? [] : [edge.target])),
    ]),
  )
  const cycles: string[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    const seenAt = trail.indexOf(path)
    if (seenAt !== -1) cycles.push([...trail.slice(seenAt), path].join(' → '))
    if (seenAt !== -1 || done.has(path)) return
    for (const target of targets.get(path) ?? []) visit(target, [...trail, path])
    done.add(path)
  }
  for (const path of targets.keys()) visit(path, [])
  return cycles
}
