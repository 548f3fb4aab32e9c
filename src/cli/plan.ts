/** `hindcast plan JOB`: says what a run would read and write (C8), and writes nothing but the plan. */

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { writeDurably } from '../files/index.ts'
import { loadJob } from '../job/index.ts'
import { planText } from './print-plan.ts'
import type { Session } from './session.ts'

interface PlanFlags {
  readonly out?: string
  readonly allowUnavailable?: boolean
  readonly json?: boolean
}

export function addPlanCommand(program: Command, session: Session): void {
  program
    .command('plan')
    .description('say what a run would read, join and write; pin the files')
    .argument('<job>', 'job file, YAML or JSON')
    .option('--out <file>', 'write the plan to a file, for `hindcast run --plan`')
    .option('--allow-unavailable', 'mark what a store may have lost, rather than refuse it')
    .option('--json', 'print the plan as the last line')
    .action(async (jobFile: string, flags: PlanFlags) => {
      const job = await loadJob(jobFile)
      const { planJob } = await session.api()
      const plan = await session.stoppable(signal =>
        planJob(job, { signal, allowUnavailable: flags.allowUnavailable ?? false }),
      )
      if (flags.out !== undefined) writeDurably(resolve(flags.out), `${JSON.stringify(plan)}\n`)
      if (flags.json) session.printJson(plan)
      else session.terminal.out(planText(plan))
    })
}
