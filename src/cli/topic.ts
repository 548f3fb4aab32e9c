/**
 * `hindcast topic offsets | tail`: a look at a topic of Kafka, with the reader that jobs use. With `--json` the last
 * line of stdout tells the positions.
 */

import type { Command } from 'commander'
import { countText } from '../core/figures.ts'
import { HindcastError } from '../errors.ts'
import { openLiveSource, type TopicEnds, topicEndsOf } from '../live/index.ts'
import { addKafkaFlags, type KafkaFlags, kafkaAccessOf } from './kafka-flags.ts'
import type { LogSession } from './log.ts'
import { type ShowRequest, showRecords } from './log-show.ts'

/** Adds `topic` with its commands to the program; errors are thrown, `main.ts` turns them into exit codes. */
export function addTopicCommands(program: Command, session: LogSession): void {
  const topic = program.command('topic').description('a topic of Kafka, as a job sees it')
  addOffsets(topic, session)
  addTail(topic, session)
}

interface OffsetsFlags extends KafkaFlags {
  readonly json?: boolean
}

function addOffsets(topic: Command, session: LogSession): void {
  const command = topic
    .command('offsets')
    .description('print where each partition begins and ends, and which broker leads it')
    .argument('<topic>', 'name of the topic')
  addKafkaFlags(command)
    .option('--json', 'print the positions as JSON')
    .action(async (name: string, flags: OffsetsFlags) => {
      const ends = await topicEndsOf(kafkaAccessOf(flags), name)
      if (flags.json) session.printJson({ topic: name, id: ends.id, positions: ends.partitions })
      else session.terminal.out(endsText(ends))
    })
}

interface TailFlags extends KafkaFlags {
  readonly partition?: string
  readonly from: string
  readonly count?: string
  readonly follow?: boolean
  readonly json?: boolean
}

function addTail(topic: Command, session: LogSession): void {
  const command = topic
    .command('tail')
    .description('print committed records as lines: partition:offset, record timestamp, value')
    .argument('<topic>', 'name of the topic')
  addKafkaFlags(command)
    .option('--partition <n>', 'one partition (default: all)')
    .option('--from <offset>', 'earliest | latest | an offset', 'earliest')
    .option('--count <n>', 'at most so many records')
    .option('--follow', 'go on as records are written, until stopped')
    .option('--json', 'print each record as a JSON object, and the positions last')
    .action(async (name: string, flags: TailFlags) => {
      const { partition, from, count } = flags
      const request: ShowRequest = {
        partition: partition === undefined ? null : wholeNumber('--partition', partition),
        from: from === 'earliest' || from === 'latest' ? from : wholeNumber('--from', from),
        count: count === undefined ? Number.POSITIVE_INFINITY : wholeNumber('--count', count),
        follow: flags.follow === true,
        json: flags.json === true,
      }
      const access = kafkaAccessOf(flags)
      const place = { kind: 'kafka', topic: name, client: 'native', value: { kind: 'json' } } as const
      const source = await openLiveSource({ ...place, ...access })
      const positions = await session.stoppable(signal =>
        showRecords(source, request, session.terminal, signal),
      )
      if (request.json) session.printJson({ positions })
    })
}

/** A line a partition, after one with the names of the columns. */
function endsText({ id, partitions }: TopicEnds): string {
  const rows = [
    ['partition', 'first', 'last stable', 'next', 'leader', 'epoch'],
    ...partitions.map(({ partition, first, lastStable, next, leader, leaderEpoch }) => [
      String(partition),
      countText(first),
      countText(lastStable),
      countText(next),
      leader ?? 'none',
      String(leaderEpoch ?? '-'),
    ]),
  ]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const lines = rows.map(row => row.map((cell, column) => cell.padStart(widths[column]!)).join('  '))
  return `${id}\n${lines.join('\n')}\n`
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value
  throw new HindcastError('argument-invalid', `${option} must be a whole number, not "${text}"`, {
    advice: 'See hindcast topic --help.',
  })
}
