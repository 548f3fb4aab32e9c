/** `hindcast replay JOB --to-topic TOPIC`: history as a topic of Kafka, with the events' own times, at the pace of a clock. */

import { type Command, InvalidArgumentError } from 'commander'
import { countedText, countText, secondsText } from '../core/figures.ts'
import { instantMs, loadJob } from '../job/index.ts'
import type { ReplayOutcome } from '../run/index.ts'
import { EXIT_DONE, exitCodeOfSignal } from './exit.ts'
import { addKafkaFlags, type KafkaFlags, kafkaAccessOf } from './kafka-flags.ts'
import { labelled } from './labelled.ts'
import { openProgress, type ProgressMode, progressMode, progressOption } from './progress.ts'
import type { Session } from './session.ts'

interface ReplayFlags extends KafkaFlags {
  readonly toTopic: string
  readonly create?: boolean
  readonly stream?: string
  /** Event time a time of the clock. */
  readonly speed: number
  /** ms */
  readonly from?: number
  readonly until?: number
  readonly progress?: ProgressMode
  readonly json?: boolean
}

export function addReplayCommand(program: Command, session: Session): void {
  const command = program
    .command('replay')
    .description(
      'write the history of a job to a topic of Kafka, with the times of its events, at least once',
    )
    .argument('<job>', 'job file, YAML or JSON')
    .requiredOption('--to-topic <topic>', 'topic to write to; as many partitions as the stream has')
  addKafkaFlags(command)
    .option('--create', 'make the topic where it is not there, so that it keeps events of any age')
    .option('--stream <name>', 'stream to replay, where several have a history')
    .option(
      '--speed <speed>',
      'max, 1x, 60x (a minute of events a second), …',
      readSpeed,
      Number.POSITIVE_INFINITY,
    )
    .option('--from <time>', 'first event time', readInstant)
    .option('--until <time>', 'event time at which to end, exclusive', readInstant)
    .addOption(progressOption())
    .option('--json', 'print the result as the last line')
    .action((jobFile: string, flags: ReplayFlags) =>
      session.stoppable(signal => replayCommand(jobFile, flags, session, signal)),
    )
}

async function replayCommand(
  jobFile: string,
  flags: ReplayFlags,
  session: Session,
  signal: AbortSignal,
): Promise<void> {
  const { toTopic: topic, create = false, stream, speed, from, until } = flags
  const { terminal } = session
  const access = kafkaAccessOf(flags)
  const job = await loadJob(jobFile)
  const progress = openProgress(progressMode(flags.progress, terminal), terminal, () => performance.now())
  const { replayHistory } = await session.api()
  let outcome: ReplayOutcome
  try {
    outcome = await replayHistory(job, {
      access,
      topic,
      create,
      speed,
      signal,
      ...(stream === undefined ? {} : { stream }),
      ...(from === undefined ? {} : { fromMs: from }),
      ...(until === undefined ? {} : { untilMs: until }),
      onProgress: state => {
        progress.update(state)
      },
    })
  } finally {
    progress.end()
  }
  if (flags.json) session.printJson(outcome)
  else terminal.out(replayText(outcome, topic))
  session.exitCode = outcome.state === 'interrupted' ? exitCodeOfSignal(session.stoppedBy) : EXIT_DONE
}

export function replayText(
  { state, rows, partitions, quarantined, seconds }: ReplayOutcome,
  topic: string,
): string {
  const speed = seconds > 0 ? ` (${countText(rows / seconds)} rows/s)` : ''
  const lines: [string, string][] = [
    [state, `${countedText(rows, 'event')} to ${topic}, ${secondsText(seconds)}${speed}`],
  ]
  for (const { partition, rows: sent, lastTime } of partitions) {
    const upTo = lastTime === null ? '' : `, up to ${lastTime}`
    lines.push([`partition ${partition}`, `${countedText(sent, 'event')}${upTo}`])
  }
  if (quarantined > 0)
    lines.push(['bad', `${countedText(quarantined, 'row')} of history cannot be used, left out`])
  return labelled(lines)
}

/** Event time a time of the clock. */
function readSpeed(text: string): number {
  if (text === 'max') return Number.POSITIVE_INFINITY
  const speed = /^\d+(\.\d+)?x$/.test(text) ? Number.parseFloat(text) : Number.NaN
  if (speed > 0 && Number.isFinite(speed)) return speed
  throw new InvalidArgumentError('Expected max, or how many times as fast as it was: 1x, 60x.')
}

function readInstant(text: string): number {
  const ms = instantMs(text)
  if (ms !== null) return ms
  throw new InvalidArgumentError('Expected an instant such as 2024-05-01T12:00:00Z.')
}
