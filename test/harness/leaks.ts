/**
 * What a test left behind: processes that still run, directories that are still there.
 */
import { childrenLeft, endChildren } from './child.ts'
import { removeTempDirectory, tempDirectoriesLeft } from './temp-directory.ts'

/** Ends and removes what is left; the lines say what it was. */
export async function clearLeaks(): Promise<string[]> {
  const children = childrenLeft().map(child => `process ${child.pid}: ${child.describe()}`)
  await endChildren()
  const directories = tempDirectoriesLeft()
  for (const directory of directories) removeTempDirectory(directory)
  return [...children, ...directories.map(directory => `directory ${directory}`)]
}
