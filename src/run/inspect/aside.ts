/**
 * Reads what a run put aside: the JSON lines of `late/` and `quarantine/`. Nothing is put aside without a
 * `reason`; a line that does not have one, or is cut off, is counted as `unreadable`, never left out.
 */

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

import { wrapError } from '../../errors.ts'
import type { AsideRow, AsideRows } from './run-files.ts'

const EXAMPLES_MAX = 20
const EXAMPLE_CHARACTERS_MAX = 300

/** Counts the rows of `<directory>/<folder>` by reason, file by file in byte order of their paths. */
export function readAside(directory: string, folder: 'late' | 'quarantine'): AsideRows {
  const reasons = new Map<string, number>()
  const examples: AsideRow[] = []
  let rows = 0
  for (const file of linesFiles(directory, folder)) {
    for (const text of linesOf(join(directory, file))) {
      const reason = reasonOf(text)
      rows++
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
      if (examples.length < EXAMPLES_MAX) examples.push({ file, reason, text: shortened(text) })
    }
  }
  const byCount = [...reasons].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  return { rows, reasons: Object.fromEntries(byCount), examples }
}

function linesFiles(directory: string, folder: string): readonly string[] {
  const path = join(directory, folder)
  if (!existsSync(path)) return []
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' })
  return names
    .filter(name => name.endsWith('.jsonl'))
    .map(name => `${folder}/${name.replaceAll('\\', '/')}`)
    .sort()
}

function linesOf(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .filter(line => line !== '')
  } catch (thrown) {
    throw wrapError(thrown, 'file-unreadable', 'a file of the run directory cannot be read', {
      where: { uri: path },
    })
  }
}

function reasonOf(line: string): string {
  try {
    const reason: unknown = (JSON.parse(line) as { reason?: unknown } | null)?.reason
    return typeof reason === 'string' ? reason : 'unreadable'
  } catch {
    return 'unreadable'
  }
}

function shortened(text: string): string {
  return text.length <= EXAMPLE_CHARACTERS_MAX ? text : `${text.slice(0, EXAMPLE_CHARACTERS_MAX)}…`
}
