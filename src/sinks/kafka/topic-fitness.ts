/**
 * Whether a topic can hold the samples of a plan as they are (C6): pure, from its settings and its partitions to what is
 * wrong, each with what to type. Brokers delete, rewrite or refuse records by their timestamp, which is the event time:
 * samples of last year would be gone within minutes, without an error.
 */

import { isoOfMs } from '../../core/time.ts'

/** Settings that are asked for. */
export const FITNESS_SETTINGS = [
  'cleanup.policy',
  'retention.ms',
  'retention.bytes',
  'message.timestamp.type',
  'message.timestamp.before.max.ms',
  'message.timestamp.after.max.ms',
  // of brokers before 3.6
  'message.timestamp.difference.max.ms',
  'max.message.bytes',
  'min.insync.replicas',
] as const

export interface FitnessQuestion {
  readonly topic: string
  readonly partitions: number
  readonly settings: ReadonlyMap<string, string | null>
  readonly partitionsWanted: number
  /** Event time of the first sample, ms; null: not known. */
  readonly fromMs: number | null
  /** How far in the future an event may be, ms. */
  readonly maxFutureMs: number
  readonly nowMs: number
}

export interface Misfit {
  readonly text: string
  /** What to do. */
  readonly advice: string
}

/** What is wrong; empty where nothing is. */
export function misfitsOf(question: FitnessQuestion): Misfit[] {
  const { topic, partitions, partitionsWanted, fromMs, maxFutureMs, nowMs } = question
  const misfits: Misfit[] = []
  const setting = (name: string): string | null => question.settings.get(name) ?? null
  const number = (name: string): number => Number(setting(name) ?? Number.NaN)
  const alter = (change: string): string => alterText(topic, change)
  if (partitions !== partitionsWanted) {
    misfits.push({
      text: `it has ${partitions} partitions and the samples have ${partitionsWanted}: a sample goes to the partition of its event`,
      advice: `Make the topic with --partitions ${partitionsWanted}, or set \`partitions\` of the streams.`,
    })
  }
  const policy = setting('cleanup.policy') ?? 'delete'
  if (policy.includes('compact')) {
    misfits.push({
      text: `cleanup.policy is ${policy}, which keeps the newest sample of a key only`,
      advice: alter('cleanup.policy=delete'),
    })
  }
  if (setting('message.timestamp.type') === 'LogAppendTime') {
    misfits.push({
      text: 'message.timestamp.type is LogAppendTime, which writes over the event time',
      advice: alter('message.timestamp.type=CreateTime'),
    })
  }
  if (fromMs !== null) {
    const ageMs = nowMs - fromMs
    const begins = `the samples begin at ${isoOfMs(fromMs)}`
    const retentionMs = number('retention.ms')
    if (policy.includes('delete') && retentionMs >= 0 && retentionMs < ageMs) {
      misfits.push({
        text: `${begins}, and retention.ms of ${retentionMs} (${daysText(retentionMs)}) lets brokers delete what is before ${isoOfMs(nowMs - retentionMs)}`,
        advice: alter('retention.ms=-1'),
      })
    }
    for (const name of ['message.timestamp.before.max.ms', 'message.timestamp.difference.max.ms']) {
      const mostMs = number(name)
      if (Number.isNaN(mostMs) || mostMs >= ageMs) continue
      misfits.push({
        text: `${begins}, and ${name} of ${mostMs} refuses what is before ${isoOfMs(nowMs - mostMs)}`,
        advice: alter(`${name}=9223372036854775807`),
      })
      break
    }
  }
  const afterMs = number('message.timestamp.after.max.ms')
  if (afterMs < maxFutureMs) {
    misfits.push({
      text: `message.timestamp.after.max.ms of ${afterMs} refuses events that \`maxFuture\` of ${maxFutureMs} ms allows`,
      advice: alter(`message.timestamp.after.max.ms=${maxFutureMs}`),
    })
  }
  return misfits
}

/** What is wrong with the topic of the positions; null: nothing. */
export function positionsMisfit(topic: string, policy: string): Misfit | null {
  if (policy.trim() === 'compact') return null
  return {
    text: `cleanup.policy is ${policy}, so that positions are deleted for their age, and a run that goes on would send samples again`,
    advice: alterText(topic, 'cleanup.policy=compact'),
  }
}

function alterText(topic: string, change: string): string {
  return `Type: kafka-configs --bootstrap-server … --alter --entity-type topics --entity-name ${topic} --add-config ${change}`
}

function daysText(ms: number): string {
  const days = ms / 86_400_000
  return days >= 1 ? `${Math.round(10 * days) / 10} days` : `${Math.round(ms / 360_000) / 10} hours`
}
