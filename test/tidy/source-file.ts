/**
 * The files of the checkout as the tidy checks see them: path and text, and the code without comments and without
 * what stands inside strings, so that a check of code is not fooled by prose.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

export interface SourceFile {
  /** From the root of the checkout, with `/`. */
  readonly path: string
  readonly text: string
}

/** Every file that .gitignore does not leave out, in path order. Binary files have their bytes as Latin-1. */
export function checkoutFiles(root: string): SourceFile[] {
  const ignored = ignoreRules(readFileSync(join(root, '.gitignore'), 'utf8'))
  const paths: string[] = []
  const visit = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = relative(root, join(folder, entry.name)).replaceAll('\\', '/')
      if (path === '.git' || ignored(path)) continue
      if (entry.isDirectory()) visit(join(folder, entry.name))
      else if (entry.isFile()) paths.push(path)
    }
  }
  visit(root)
  return paths.sort().map(path => ({ path, text: readText(join(root, path)) }))
}

/** The forms of .gitignore that this project uses: `name/`, `/name/` and `*.ending`. */
export function ignoreRules(text: string): (path: string) => boolean {
  const lines = text.split('\n').filter(line => line !== '' && !line.startsWith('#'))
  const unknown = lines.filter(line => !/^(\/?[\w.-]+\/?|\*\.\w+)$/.test(line))
  if (unknown.length > 0)
    throw new Error(`.gitignore has a form that the tidy test does not know: ${unknown}`)
  const endings = lines.filter(line => line.startsWith('*')).map(line => line.slice(1))
  const atRoot = lines.filter(line => line.startsWith('/')).map(line => line.replaceAll('/', ''))
  const anywhere = lines.filter(line => /^[\w.-]/.test(line)).map(line => line.replaceAll('/', ''))
  return path => {
    const name = path.slice(path.lastIndexOf('/') + 1)
    return endings.some(ending => name.endsWith(ending)) || atRoot.includes(path) || anywhere.includes(name)
  }
}

/** Files of TypeScript and JavaScript below one of the folders. */
export function codeFiles(files: readonly SourceFile[], ...folders: string[]): SourceFile[] {
  return files.filter(
    file => /\.(ts|mjs|js)$/.test(file.path) && folders.some(folder => file.path.startsWith(`${folder}/`)),
  )
}

/** `path:line` of a position in a file. */
export function placeOf(file: SourceFile, at: number): string {
  return `${file.path}:${file.text.slice(0, at).split('\n').length}`
}

function readText(path: string): string {
  const bytes = readFileSync(path)
  return bytes.includes(0) ? bytes.toString('latin1') : bytes.toString('utf8')
}
