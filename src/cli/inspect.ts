/** `hindcast inspect RUN`: certificate, slices, watermarks and what was put aside, in words or as a page. */

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { writeDurably } from '../files/index.ts'
import type { Session } from './session.ts'

interface InspectFlags {
  readonly html?: string
  readonly json?: boolean
}

export function addInspectCommand(program: Command, session: Session): void {
  program
    .command('inspect')
    .description('tell what a run has done, finished or not')
    .argument('<run>', 'directory of a run')
    .option('--html <file>', 'write a self-contained page with plots')
    .option('--json', 'print the inspection as the last line')
    .action(async (run: string, flags: InspectFlags) => {
      const api = await session.api()
      const directory = resolve(run)
      const inspection = await api.inspectRun(directory)
      if (flags.html !== undefined) writeDurably(resolve(flags.html), await api.inspectRunPage(directory))
      if (flags.json) session.printJson(inspection)
      else session.terminal.out(`${api.inspectionWords(inspection)}\n`)
    })
}
