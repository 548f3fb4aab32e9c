/**
 * A run in words: what `hindcast inspect` prints. Lines of `label  text`, the same facts as the page has and in the
 * same order.
 */

import {
  countedText,
  countText,
  rateText,
  secondsText,
  shareText,
  spanText,
  timeText,
} from '../../core/figures.ts'
import type { FeatureCounts, RunInspection, SeamInspection } from '../outcome.ts'

/** Partitions told one by one; of runs with more, the first ones and how many are left. */
const PARTITIONS_TOLD = 16
const LABEL_WIDTH = 12

/** The inspection as lines of text without a trailing newline. */
export function inspectionWords(inspection: RunInspection): string {
  return [
    ...labelled('run', [inspection.directory]),
    ...labelled('job', [`${inspection.job}, plan ${inspection.planHash}`]),
    ...labelled('state', [stateWords(inspection)]),
    ...labelled('samples', [samplesWords(inspection)]),
    ...labelled('digest', [inspection.digest]),
    ...labelled('seam', seamLines(inspection.seams)),
    ...labelled('watermarks', watermarkLines(inspection)),
    ...labelled('features', Object.entries(inspection.features).map(featureWords)),
    ...labelled('late', [asideWords(inspection.late, 'late/')]),
    ...labelled('quarantine', [asideWords(inspection.quarantined, 'quarantine/')]),
    ...labelled('problems', inspection.problems),
  ].join('\n')
}

/** Outcome of the seam in one sentence per stream and, where one is not proven, the reason. */
export function seamLines(seams: readonly SeamInspection[]): readonly string[] {
  const streams = Map.groupBy(seams, seam => seam.stream)
  return [...streams].flatMap(([stream, parts]) => {
    const sum = (count: (seam: SeamInspection) => number): number =>
      parts.reduce((total, seam) => total + count(seam), 0)
    const unproven = parts.filter(seam => !seam.proven)
    const verdict =
      unproven.length === 0 ? 'proven' : `NOT proven in ${countedText(unproven.length, 'partition')}`
    const found = `${countedText(
      sum(seam => seam.doubled),
      'event',
    )} on both sides, emitted once; ${countedText(
      sum(seam => seam.gaps),
      'gap',
    )}`
    const holes = sum(seam => seam.holesExplained)
    return [
      `${stream} by ${parts[0]!.by}: ${verdict} over ${countedText(parts.length, 'partition')}; ${found}${holes === 0 ? '' : `; ${countedText(holes, 'hole')} explained`}`,
      ...told(
        parts,
        seam =>
          `partition ${seam.partition}: history ends at ${seam.historyLast}, live starts at ${seam.liveFirst}`,
      ),
      ...told(
        unproven,
        seam => `partition ${seam.partition} is not proven: ${seam.reason ?? 'no reason given'}`,
      ),
    ]
  })
}

/** `airport: 99.1 % hit, 0.4 % absent, …` with the statuses that occurred. */
export function featureWords([name, counts]: readonly [string, FeatureCounts]): string {
  const statuses = Object.entries(counts) as [keyof FeatureCounts, number][]
  const lookups = statuses.reduce((sum, [, count]) => sum + count, 0)
  const shares = statuses
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${shareText(count, lookups)} ${status} (${countText(count)})`)
  return `${name}: ${shares.length === 0 ? 'no look-ups' : shares.join(', ')}`
}

function labelled(label: string, texts: readonly string[]): readonly string[] {
  return texts.map((text, index) => `${(index === 0 ? label : '').padEnd(LABEL_WIDTH)}${text}`)
}

function stateWords(inspection: RunInspection): string {
  const took =
    inspection.seconds === null
      ? ''
      : ` in ${secondsText(inspection.seconds)} (${rateText(inspection.rows, inspection.seconds)})`
  switch (inspection.state) {
    case 'complete':
      return `complete${took}`
    case 'interrupted':
      return `interrupted after a clean checkpoint${took}; the same command goes on from there`
    case 'unfinished':
      return 'unfinished: killed, or ended by an error, and no process is running it; the same command goes on from the last sealed slice'
    case 'running':
      return `running, in process ${inspection.runningPid}`
  }
}

function samplesWords(inspection: RunInspection): string {
  const starts = new Set(inspection.slices.map(slice => slice.startMs))
  if (starts.size === 0) return 'no slice is sealed yet'
  const range = `${timeText(inspection.slices[0]!.startMs)} to ${timeText(inspection.slices.at(-1)!.endMs)}`
  return `${countText(inspection.rows)} in ${countedText(starts.size, 'slice')} of ${countedText(inspection.partitions, 'partition')}, ${range}`
}

function watermarkLines(inspection: RunInspection): readonly string[] {
  const marks = inspection.watermarksMs
  const newestMs = Math.max(...marks.map(ms => ms ?? Number.NEGATIVE_INFINITY))
  return told(
    marks.map((ms, partition) => ({ ms, partition })),
    ({ ms, partition }) => {
      const behind = ms === null || ms === newestMs ? '' : `, ${spanText(newestMs - ms)} behind the newest`
      return `partition ${partition}: ${ms === null ? 'nothing emitted yet' : timeText(ms)}${behind}`
    },
  )
}

function asideWords(aside: RunInspection['late'], where: string): string {
  if (aside.rows === 0) return 'none'
  const reasons = Object.entries(aside.reasons).map(([reason, rows]) => `${countText(rows)} ${reason}`)
  return `${countedText(aside.rows, 'row')} in ${where}: ${reasons.join(', ')}`
}

function told<T>(items: readonly T[], tell: (item: T) => string): readonly string[] {
  const lines = items.slice(0, PARTITIONS_TOLD).map(tell)
  const left = items.length - lines.length
  return left === 0 ? lines : [...lines, `… and ${countText(left)} more partitions`]
}
