/** Names of the files below a folder. */

import { existsSync, readdirSync } from 'node:fs'
import { relative } from 'node:path'

/** `/`-separated, below `directory`, in order; none where it is not there. */
export function filesBelow(directory: string): string[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => relative(directory, `${entry.parentPath}/${entry.name}`))
    .sort()
}
