/** Where a run puts what does not fit memory; emptied when it starts and when it ends. */

import { join } from 'node:path'

export function spillDirectory(directory: string): string {
  return join(directory, 'spill')
}
