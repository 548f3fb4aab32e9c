/** `hindcast run [JOB]`: plans, or takes a plan, and runs it; goes on where an unfinished run stopped. */

import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { type Command, InvalidArgumentError } from 'commander'
import { HindcastError, wrapError } from '../errors.ts'
import { type Job, loadJob } from '../job/index.ts'
import { LIMITS } from '../limits.ts'
import { type Plan, parsePlan } from '../plan/index.ts'
import type { RunOutcome } from '../run/index.ts'
import { EXIT_DONE, EXIT_SEAM_UNPROVEN, exitCodeOfSignal } from './exit.ts'
import { type MetricsAddress, metricsPlace, readMetricsAddress } from './metrics-flag.ts'
import { outcomeText } from './print-outcome.ts'
import { openProgress, type ProgressMode, progressMode, progressOption } from './progress.ts'
import type { Session } from './session.ts'

interface RunFlags {
  readonly run?: string
  readonly after?: string
  readonly plan?: string
  readonly lanes?: number
  readonly metrics?: MetricsAddress
  readonly allowUnprovenSeam?: boolean
  readonly progress?: ProgressMode
  readonly allowUnavailable?: boolean
  readonly json?: boolean
}

export function addRunCommand(program: Command, session: Session): void {
  program
    .command('run')
    .description('run a job, or go on with a run that was stopped')
    .argument('[job]', 'job file, YAML or JSON; may be left out with --plan')
    .option('--run <dir>', 'directory of the run (default: output.directory of the job)')
    .option('--after <run>', 'start where another run ended, with its positions and state')
    .option('--plan <file>', 'run this plan, made by `hindcast plan --out`')
    .option('--lanes <n>', 'worker threads, whatever the job says', readLanes)
    .option(
      '--metrics <port>',
      'serve metrics for Prometheus: a port of 127.0.0.1, or host:port',
      readMetricsAddress,
    )
    .option('--allow-unproven-seam', 'end with 0 even if the hand-over to live could not be proven')
    .option('--allow-unavailable', 'mark what a store may have lost, rather than refuse it')
    .addOption(progressOption())
    .option('--json', 'print the result as the last line')
    .action((jobFile: string | undefined, flags: RunFlags) =>
      session.stoppable(signal => runCommand(jobFile, flags, session, signal)),
    )
}

async function runCommand(
  jobFile: string | undefined,
  flags: RunFlags,
  session: Session,
  signal: AbortSignal,
): Promise<void> {
  const { plan, lanes } = await planFor(jobFile, flags, session, signal)
  const directory = flags.run === undefined ? plan.job.output.directory : resolve(flags.run)
  const { terminal } = session
  const mode = progressMode(flags.progress, terminal)
  const progress = openProgress(mode, terminal, () => performance.now())
  const { runPlan } = await session.api()
  let outcome: RunOutcome
  try {
    outcome = await runPlan(plan, {
      directory,
      signal,
      lanes,
      allowUnprovenSeam: flags.allowUnprovenSeam ?? false,
      onProgress: state => {
        progress.update(state)
      },
      ...(flags.after === undefined ? {} : { after: resolve(flags.after) }),
      ...(flags.metrics === undefined ? {} : { metrics: metricsPlace(flags.metrics, mode, terminal) }),
    })
  } finally {
    progress.end()
  }
  if (flags.json) session.printJson(outcome)
  else terminal.out(outcomeText(outcome, directory))
  session.exitCode = exitCodeOfOutcome(outcome, flags, session)
}

function exitCodeOfOutcome(outcome: RunOutcome, flags: RunFlags, session: Session): number {
  if (outcome.state === 'interrupted') return exitCodeOfSignal(session.stoppedBy)
  if (outcome.seam?.proven === false && !outcome.seam.pending && !flags.allowUnprovenSeam)
    return EXIT_SEAM_UNPROVEN
  return EXIT_DONE
}

interface Chosen {
  readonly plan: Plan
  readonly lanes: number
}

/** The plan to run: the file given, that of an unfinished run of the same job, or a new one. */
async function planFor(
  jobFile: string | undefined,
  flags: RunFlags,
  session: Session,
  signal: AbortSignal,
): Promise<Chosen> {
  const job = jobFile === undefined ? null : await loadJob(jobFile)
  if (flags.plan !== undefined) {
    const plan = parsePlan(await readPlanFile(flags.plan), flags.plan)
    if (job !== null && !isSameJob(plan.job, job)) throw otherJobError(flags.plan, jobFile!)
    return { plan, lanes: flags.lanes ?? job?.limits.lanes ?? plan.job.limits.lanes }
  }
  if (job === null) {
    const advice = 'Type hindcast run JOB, or hindcast run --plan FILE.'
    throw new HindcastError('argument-invalid', 'there is neither a job file nor --plan', { advice })
  }
  const lanes = flags.lanes ?? job.limits.lanes
  const directory = flags.run === undefined ? job.output.directory : resolve(flags.run)
  const begun = await planOfRun(directory)
  if (begun !== null && isSameJob(begun.job, job)) return { plan: begun, lanes }
  const { planJob } = await session.api()
  return { plan: await planJob(job, { signal, allowUnavailable: flags.allowUnavailable ?? false }), lanes }
}

/**
 * The plan of the run that the directory holds, if any: a run goes on with what it has pinned. A plan that
 * cannot be read is left to `runPlan`, which knows what a run directory may look like.
 */
async function planOfRun(directory: string): Promise<Plan | null> {
  const file = join(directory, 'plan.json')
  try {
    return parsePlan(await readFile(file, 'utf8'), file)
  } catch {
    return null
  }
}

/** Lanes are never visible in the output, so they do not make another job. */
function isSameJob(a: Job, b: Job): boolean {
  const withoutLanes = (job: Job): string => JSON.stringify({ ...job, limits: { ...job.limits, lanes: 0 } })
  return withoutLanes(a) === withoutLanes(b)
}

async function readPlanFile(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (thrown) {
    const advice = 'Make one with: hindcast plan JOB --out FILE.'
    throw wrapError(thrown, 'plan-invalid', `the plan ${file} cannot be read`, {
      where: { uri: file },
      advice,
    })
  }
}

function otherJobError(planFile: string, jobFile: string): HindcastError {
  return new HindcastError('plan-invalid', `the plan was not made for ${jobFile} as it is now`, {
    where: { uri: planFile },
    advice: `Plan again: hindcast plan ${jobFile} --out ${planFile}`,
  })
}

function readLanes(text: string): number {
  const lanes = Number(text)
  if (/^\d+$/.test(text) && lanes >= 1 && lanes <= LIMITS.lanesMax) return lanes
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${LIMITS.lanesMax}.`)
}
