/** `hindcast verify RUN [RUN2]`: recomputes digests from the output, or compares two runs (C7). */

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { EXIT_DONE, EXIT_REFUSED } from './exit.ts'
import { verifyText } from './print-outcome.ts'
import type { Session } from './session.ts'

export function addVerifyCommand(program: Command, session: Session): void {
  program
    .command('verify')
    .description('recompute the digests of a run, or compare two runs')
    .argument('<run>', 'directory of a run')
    .argument('[other]', 'directory of a run to compare with')
    .option('--json', 'print the result as the last line')
    .action(async (run: string, other: string | undefined, flags: { readonly json?: boolean }) => {
      const { verifyRun } = await session.api()
      const outcome = await verifyRun(resolve(run), other === undefined ? undefined : resolve(other))
      if (flags.json) session.printJson(outcome)
      else session.terminal.out(verifyText(outcome, run, other))
      session.exitCode = outcome.equal ? EXIT_DONE : EXIT_REFUSED
    })
}
