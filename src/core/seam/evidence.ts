/**
 * The proof of one partition's seam (C3): evidence → proven or not, with the reason in words. Pure; made at the
 * hand-over, and again whenever it is asked for.
 *
 * Reasons are tried in the order in which they make the others meaningless: what could not be compared first,
 * then what was compared and differs.
 */

import type { Ticks } from '../time.ts'
import type { CoverageReport, ExplainedHole, Gap } from './offset-coverage.ts'
import type { OverlapCounts } from './overlap-audit.ts'

/** A place in a stream: its event time and, where the event has one, its offset. */
export interface SeamPosition {
  readonly time: Ticks
  readonly offset: number | null
}

/** The seam of one partition of one stream, proven or not; structured-clonable and JSON. */
export interface SeamPartition {
  readonly stream: string
  readonly partition: number
  readonly by: 'time' | 'offset'
  /** T of a seam `by: time`, else null. */
  readonly at: Ticks | null
  /** Last event of history in C1 order, and first of live in offset order; null where there is none. */
  readonly historyLast: SeamPosition | null
  readonly liveFirst: SeamPosition | null
  /** Live events that history has too: counted, emitted once. */
  readonly doubled: number
  readonly onlyLive: number
  readonly onlyHistory: number
  /** Live events before T that were not compared (before the overlap, or without identity). */
  readonly notCompared: number
  /** `by: offset`; at most RANGES_REPORTED of each, the totals are exact. */
  readonly holes: readonly ExplainedHole[]
  readonly holeOffsets: number
  readonly gaps: readonly Gap[]
  readonly gapOffsets: number
  /** Offsets that the files have more than once. */
  readonly duplicates: number
  readonly proven: boolean
  /** Not proven, and nothing speaks against it: live has not come far enough yet. */
  readonly pending: boolean
  /** Why it is not proven; null where it is. */
  readonly reason: string | null
}

/** The last part of a proof. */
type Verdict = Pick<SeamPartition, 'proven' | 'pending' | 'reason'>

const PROVEN: Verdict = { proven: true, pending: false, reason: null }
const unproven = (reason: string): Verdict => ({ proven: false, pending: false, reason })
const pending = (reason: string): Verdict => ({ proven: false, pending: true, reason })

export interface SeamPlace {
  readonly stream: string
  readonly partition: number
  readonly historyLast: SeamPosition | null
  readonly liveFirst: SeamPosition | null
}

export interface TimeEvidence extends SeamPlace {
  readonly at: Ticks
  readonly counts: OverlapCounts
  readonly hasIdentity: boolean
  /** Live has passed T and its disorder, or has ended: the counts are final. */
  readonly isClosed: boolean
  /** The live side still holds the whole overlap; null: nobody could tell. */
  readonly retained: boolean | null
}

export function proveByTime(evidence: TimeEvidence): SeamPartition {
  const { counts } = evidence
  return {
    ...placeOf(evidence),
    by: 'time',
    at: evidence.at,
    doubled: counts.doubled,
    onlyLive: counts.onlyLive,
    onlyHistory: counts.onlyHistory,
    notCompared: counts.notCompared,
    holes: [],
    holeOffsets: 0,
    gaps: [],
    gapOffsets: 0,
    duplicates: 0,
    ...timeVerdict(evidence),
  }
}

function timeVerdict({ counts, hasIdentity, isClosed, retained }: TimeEvidence): Verdict {
  if (!hasIdentity)
    return unproven('the stream has no `identity` columns, so the two sides cannot be compared')
  if (retained === false) return unproven('the live log no longer holds the whole overlap')
  if (retained === null) return unproven('it is not known whether the live log holds the whole overlap')
  if (counts.onlyLive > 0)
    return unproven(`${events(counts.onlyLive)} of the overlap ${are(counts.onlyLive)} only in live`)
  if (counts.afterClose > 0)
    return unproven(`${events(counts.afterClose)} of the overlap came to live later than the disorder allows`)
  if (!isClosed) return pending('live has not passed the seam yet')
  if (counts.onlyHistory > 0)
    return unproven(`${events(counts.onlyHistory)} of the overlap ${are(counts.onlyHistory)} only in history`)
  if (counts.doubled === 0) return unproven('the overlap is empty, so there was nothing to compare')
  return PROVEN
}

export interface OffsetEvidence extends SeamPlace {
  /** Up to where live was read from, if it was. */
  readonly coverage: CoverageReport
  /** Live has taken over. */
  readonly handedOver: boolean
  /** Live records that were skipped because history reaches to them. */
  readonly doubled: number
  /** First offset that the topic still held when it was asked about what no file has; null: it was not. */
  readonly topicFirst: number | null
  /** Where the topic ended when live took over; null: not known. */
  readonly topicNext: number | null
}

export function proveByOffset(evidence: OffsetEvidence): SeamPartition {
  const { coverage } = evidence
  return {
    ...placeOf(evidence),
    by: 'offset',
    at: null,
    doubled: evidence.doubled,
    onlyLive: 0,
    onlyHistory: 0,
    notCompared: 0,
    holes: coverage.holes,
    holeOffsets: coverage.holeOffsets,
    gaps: coverage.gaps,
    gapOffsets: coverage.gapOffsets,
    duplicates: coverage.duplicates,
    ...offsetVerdict(evidence),
  }
}

function offsetVerdict({ coverage, topicFirst, topicNext, handedOver }: OffsetEvidence): Verdict {
  const { gaps, gapOffsets, duplicates, duplicateRanges, last: lastInFiles } = coverage
  if (topicNext !== null && lastInFiles !== null && lastInFiles >= topicNext)
    return unproven(
      `files go up to offset ${lastInFiles}, and the topic ends before offset ${topicNext}: they are not of this topic, or it was cut`,
    )
  if (gapOffsets > 0) {
    const { first, last, why } = gaps[0]
    const where = first === last ? `offset ${first}` : `offsets ${first}–${last}`
    const isAre = are(last - first + 1)
    return unproven(
      `${where} ${isAre} in no file, and ${gapReason(last, topicFirst, why)} (${gapOffsets} in all)`,
    )
  }
  if (duplicates > 0) {
    const { first } = duplicateRanges[0]
    return unproven(`offset ${first} is in the files more than once (${duplicates} duplicates in all)`)
  }
  return handedOver ? PROVEN : pending('live has not been read yet')
}

function gapReason(last: number, topicFirst: number | null, why: Gap['why']): string {
  if (why === 'not-compacted')
    return 'the topic has no record there either, though it is not compacted (its cleanup.policy does not say `compact`)'
  if (why === 'settings-denied')
    return 'the topic has no record there either; whether it is compacted the broker does not let this user know (DescribeConfigs of the topic)'
  if (topicFirst === null) return 'nothing explains it'
  return last < topicFirst
    ? `the topic, which begins at offset ${topicFirst}, can no longer explain it`
    : 'the topic does not explain it'
}

function placeOf({ stream, partition, historyLast, liveFirst }: SeamPlace): SeamPlace {
  return { stream, partition, historyLast, liveFirst }
}

function events(count: number): string {
  return count === 1 ? '1 event' : `${count} events`
}

function are(count: number): string {
  return count === 1 ? 'is' : 'are'
}
