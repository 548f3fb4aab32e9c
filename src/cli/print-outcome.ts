/**
 * What a run and a verification came to, in words.
 */

import { countedText, countText, secondsText, shareText } from '../core/figures.ts'
import type { FeatureCounts, RunOutcome, VerifyOutcome } from '../run/index.ts'
import { labelled } from './labelled.ts'

export function outcomeText(outcome: RunOutcome, directory: string): string {
  const { rows, partitions, seconds } = outcome
  const speed = seconds > 0 ? ` (${countText(rows / seconds)} rows/s)` : ''
  const made = `${countedText(rows, 'sample')} in ${countedText(partitions, 'partition')}`
  const lines: [string, string][] = [[outcome.state, `${made}, ${secondsText(seconds)}${speed}`]]
  lines.push(['digest', outcome.digest])
  if (outcome.seam !== null) lines.push(['seam', seamText(outcome.seam)])
  for (const [name, counts] of Object.entries(outcome.features))
    lines.push([`feature ${name}`, countsText(counts)])
  if (outcome.late > 0) lines.push(['late', `${countedText(outcome.late, 'event')}: see ${directory}/late`])
  if (outcome.quarantined > 0) {
    lines.push(['quarantine', `${countedText(outcome.quarantined, 'row')}: see ${directory}/quarantine`])
  }
  const next =
    outcome.state === 'interrupted' ? 'type the same command to go on' : `hindcast inspect ${directory}`
  lines.push(['next', next])
  return labelled(lines)
}

export function verifyText(outcome: VerifyOutcome, directory: string, other: string | undefined): string {
  const { difference } = outcome
  const checked = `${countedText(outcome.rows, 'row')} in ${countedText(outcome.slices, 'slice')}`
  if (outcome.equal) {
    const what =
      other === undefined
        ? `${directory} is what its manifest promises`
        : `${directory} and ${other} are equal`
    return labelled([
      ['equal', `${what}: ${checked}`],
      ['digest', outcome.digest],
    ])
  }
  const lines: [string, string][] = [
    ['different', `${directory} ${other === undefined ? 'and its manifest' : `and ${other}`}`],
  ]
  if (difference !== null) {
    const row = difference.row === null ? '' : `, row ${countText(difference.row)}`
    lines.push(
      ['first', `partition ${difference.partition}, slice ${difference.slice}${row}`],
      ['', difference.text],
    )
  }
  lines.push(['checked', checked], ['digest', outcome.digest])
  return labelled(lines)
}

function seamText(seam: NonNullable<RunOutcome['seam']>): string {
  const counted: string[] = []
  if (seam.doubled > 0) counted.push(`${countedText(seam.doubled, 'event')} on both sides, emitted once`)
  if (seam.gaps > 0) counted.push(`${countText(seam.gaps)} missing`)
  const not = seam.pending ? 'not proven yet' : 'NOT proven'
  const state = seam.proven ? `proven by ${seam.by}` : `${not}: ${seam.reason ?? 'no reason given'}`
  return [state, ...counted].join('; ')
}

function countsText(counts: FeatureCounts): string {
  const all = counts.hit + counts.absent + counts.expired + counts.unavailable
  const parts = [`hit ${shareText(counts.hit, all)}`]
  for (const status of ['absent', 'expired', 'unavailable'] as const) {
    if (counts[status] > 0) parts.push(`${status} ${shareText(counts[status], all)}`)
  }
  return `${parts.join(', ')} of ${countedText(all, 'lookup')}`
}
