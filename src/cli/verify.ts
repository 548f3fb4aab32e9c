/** `hindcast verify RUN [RUN2]`: recomputes digests from the output, or compares two runs (C7). */

import type { Command } from 'commander'
import { HindcastError } from '../errors.ts'
import type { VerifyOutcome } from '../run/index.ts'
import { verifyText } from './print-outcome.ts'
import { accessOf, addRemoteFlags, type RemoteFlags, resolveLocation } from './remote-flags.ts'
import type { Session } from './session.ts'

export function addVerifyCommand(program: Command, session: Session): void {
  const command = program
    .command('verify')
    .description('recompute the digests of a run, or compare two runs')
    .argument('<run>', 'directory of a run, or the webhdfs: or s3: URI of its copy')
    .argument('[other]', 'directory or URI of a run to compare with')
    .option('--json', 'print the result as the last line')
  addRemoteFlags(command).action(
    async (run: string, other: string | undefined, flags: RemoteFlags & { readonly json?: boolean }) => {
      const { verifyRun } = await session.api()
      const second = other === undefined ? undefined : resolveLocation(other)
      const outcome = await verifyRun(resolveLocation(run), second, accessOf(flags))
      if (flags.json) session.printJson(outcome)
      else session.terminal.out(verifyText(outcome, run, other))
      if (!outcome.equal) throw mismatch(outcome, run, other)
    },
  )
}

/** What stdout tells in full, as an error for those who look at stderr and at the exit code. */
function mismatch({ difference }: VerifyOutcome, run: string, other: string | undefined): HindcastError {
  const what = other === undefined ? `${run} is not what its manifest promises` : `${run} and ${other} differ`
  const advice =
    other === undefined
      ? 'Its files were changed after they were written: run the job again into another directory (--run DIR).'
      : 'Compare the plan.json of both: other files, or another job, make other samples.'
  if (difference === null) return new HindcastError('digest-mismatch', what, { advice })
  const { partition, slice, row, text } = difference
  const where = { uri: run, partition, slice, ...(row === null ? {} : { row }) }
  return new HindcastError('digest-mismatch', `${what}: ${text}`, { where, advice })
}
