/**
 * `hindcast log create | append | tail`: the embedded log from the command line. With `--json` the last line of
 * stdout tells the positions.
 */

import type { Command } from 'commander'
import { countedText, countText } from '../core/figures.ts'
import { HindcastError } from '../errors.ts'
import type { KeyEncoding, Partitioner } from '../job/index.ts'
import { createLog, openLogSource } from '../live/index.ts'
import { appendLines, badLinesError, type Position } from './log-append.ts'
import { type ShowRequest, showRecords } from './log-show.ts'
import type { Session } from './session.ts'

/** What these commands need of a session. */
export type LogSession = Pick<Session, 'terminal' | 'printJson' | 'stoppable'>

/** Adds `log` with its commands to the program; errors are thrown, `main.ts` turns them into exit codes. */
export function addLogCommands(program: Command, session: LogSession): void {
  const log = program.command('log').description('the embedded log: the live side of a stream without Kafka')
  addCreate(log, session)
  addAppend(log, session)
  addTail(log, session)
}

interface CreateFlags {
  readonly partitions: string
  readonly key: string
  readonly keyEncoding?: string
  readonly partitioner?: string
  readonly segmentBytes?: string
  readonly json?: boolean
}

function addCreate(log: Command, session: LogSession): void {
  log
    .command('create')
    .description('make an empty log in a new directory')
    .argument('<dir>', 'directory of the log')
    .requiredOption('--partitions <n>', 'number of partitions, as in the job')
    .requiredOption('--key <columns>', 'key columns of the events, separated by commas, as in the job')
    .option('--key-encoding <encoding>', 'text | int32 | int64 | json (default text)')
    .option('--partitioner <name>', 'murmur2 | crc32 | fnv1a | column (default murmur2)')
    .option('--segment-bytes <bytes>', 'size at which a segment file is closed (default 64 MiB)')
    .option('--json', 'print the positions as JSON')
    .action((directory: string, flags: CreateFlags) => {
      const meta = createLog(directory, {
        partitions: wholeNumber('--partitions', flags.partitions),
        key: flags.key.split(',').map(column => column.trim()),
        // createLog checks both names.
        ...(flags.keyEncoding === undefined ? {} : { keyEncoding: flags.keyEncoding as KeyEncoding }),
        ...(flags.partitioner === undefined ? {} : { partitioner: flags.partitioner as Partitioner }),
        ...(flags.segmentBytes === undefined
          ? {}
          : { segmentBytes: wholeNumber('--segment-bytes', flags.segmentBytes) }),
      })
      const positions = Array.from({ length: meta.partitions }, (_, partition) => ({
        partition,
        first: 0,
        next: 0,
      }))
      if (flags.json) session.printJson({ id: meta.id, positions })
      else
        session.terminal.out(
          `made a log of ${countedText(meta.partitions, 'partition')} by ${meta.key.join(', ')} in ${directory}\n`,
        )
    })
}

interface AppendFlags {
  readonly timestamp?: string
  readonly json?: boolean
}

function addAppend(log: Command, session: LogSession): void {
  log
    .command('append')
    .description('append events, one JSON object a line, from a file or stdin')
    .argument('<dir>', 'directory of the log')
    .argument('[file]', 'file of JSON lines (default: stdin)')
    .option('--timestamp <column>', 'column of the record timestamp: ISO 8601 or milliseconds (default: now)')
    .option('--json', 'print the positions as JSON')
    .action(async (directory: string, file: string | undefined, flags: AppendFlags) => {
      const path = file === undefined || file === '-' ? null : file
      const request = { directory, file: path, timestamp: flags.timestamp ?? null }
      const outcome = await appendLines(request, session.terminal)
      if (flags.json) session.printJson(outcome)
      else {
        session.terminal.out(
          `appended ${countedText(outcome.appended, 'event')}${nullKeysText(outcome.nullKeys)}\n`,
        )
        session.terminal.out(positionsText(outcome.positions))
      }
      if (outcome.bad > 0) throw badLinesError(outcome, path)
    })
}

interface TailFlags {
  readonly partition?: string
  readonly from: string
  readonly follow?: boolean
  readonly json?: boolean
}

function addTail(log: Command, session: LogSession): void {
  log
    .command('tail')
    .description('print records as lines: partition:offset, record timestamp, value')
    .argument('<dir>', 'directory of the log')
    .option('--partition <n>', 'one partition (default: all)')
    .option('--from <offset>', 'earliest | latest | an offset', 'earliest')
    .option('--follow', 'go on as records are appended, until stopped')
    .option('--json', 'print each record as a JSON object, and the positions last')
    .action(async (directory: string, flags: TailFlags) => {
      const request: ShowRequest = {
        partition: flags.partition === undefined ? null : wholeNumber('--partition', flags.partition),
        from:
          flags.from === 'earliest' || flags.from === 'latest'
            ? flags.from
            : wholeNumber('--from', flags.from),
        follow: flags.follow === true,
        json: flags.json === true,
        count: Number.POSITIVE_INFINITY,
      }
      const source = await openLogSource(directory)
      const positions = request.follow
        ? await session.stoppable(signal => showRecords(source, request, session.terminal, signal))
        : await showRecords(source, request, session.terminal, new AbortController().signal)
      if (request.json) session.printJson({ positions })
    })
}

function positionsText(positions: readonly Position[]): string {
  return positions
    .map(({ partition, first, next }) => {
      const held = next === first ? 'empty' : `offsets ${countText(first)}…${countText(next - 1)}`
      return `  partition ${partition}  ${held}\n`
    })
    .join('')
}

function nullKeysText(nullKeys: number): string {
  return nullKeys === 0 ? '' : `, ${countText(nullKeys)} of them without a key to partition 0`
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value
  throw new HindcastError('argument-invalid', `${option} must be a whole number, not "${text}"`, {
    advice: 'See hindcast log --help.',
  })
}
