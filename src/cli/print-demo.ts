/** The demo's steps in words: what happened to real data, a few lines a step, for someone who sees Hindcast first. */

import { relative } from 'node:path'
import { countedText, countText, instantText, secondsText, shareText } from '../core/figures.ts'
import type { DemoCheck, DemoData, DemoPaths, DemoStep } from '../demo/index.ts'
import { CALENDAR, FLIGHTS, isClean } from '../demo/index.ts'
import { durationText } from '../job/index.ts'
import type { Plan } from '../plan/index.ts'
import type { RunOutcome } from '../run/index.ts'
import { labelled } from './labelled.ts'

const LABEL_WIDTH = 10

export interface DemoFlags {
  readonly historyOnly: boolean
}

export function demoTitle({ historyOnly }: DemoFlags): string {
  const live = historyOnly ? '' : ', handed over to a live log'
  return `US flights of 2001 (npm vega-datasets), replayed in order${live}, joined with what was known of each airport at the time\n\n`
}

/** The lines of one step. */
export function demoStepText(step: DemoStep, flags: DemoFlags): string {
  switch (step.kind) {
    case 'data':
      return paragraph(
        'data',
        dataLines(step.data, step.made ? `made in ${secondsText(step.seconds)}` : 'kept from before', flags),
      )
    case 'planned':
      return paragraph('plan', planLines(step.plan, step.recordsInLog, flags))
    case 'ran':
      return ranText(step.outcome)
    case 'verified': {
      const { equal, rows, digest, difference } = step.outcome
      const result = equal
        ? `equal, ${digest.slice(0, 16)}…`
        : `DIFFERENT: ${difference?.text ?? 'no difference was named'}`
      return paragraph('verify', [
        `digests of ${countText(rows)} samples, recomputed from the files: ${result} (${secondsText(step.seconds)})`,
      ])
    }
    case 'checked':
      return paragraph('check', checkLines(step.check, step.seconds))
    case 'page':
      return whereToLook(step.paths, flags)
  }
}

function paragraph(label: string, lines: readonly string[]): string {
  return lines.map((line, index) => `${(index === 0 ? label : '').padEnd(LABEL_WIDTH)}${line}\n`).join('')
}

function dataLines(data: DemoData, how: string, { historyOnly }: DemoFlags): string[] {
  const seam = instantText(CALENDAR.seamMs)
  const history = `${countText(data.historyRows)} flights before ${seam} in ${countedText(data.historyFiles, 'Parquet file')}, shuffled and overlapping`
  const live = `${countText(data.liveRows)} flights from ${instantText(CALENDAR.liveFromMs)} on, appended to the log while the run goes on`
  const versions = `${countText(data.versions)} versions of what an hourly job knew of ${countText(data.airports)} airports; the future is in these files too`
  return [`${history} (${how})`, ...(historyOnly ? [] : [live]), versions]
}

function planLines(plan: Plan, recordsInLog: number, { historyOnly }: DemoFlags): string[] {
  const { totals, slices, job } = plan
  const reads = `${countedText(totals.files, 'file')} pinned, ${countText(totals.rows)} rows, ${countedText(slices.length, 'slice')} of ${durationText(job.output.sliceMs)}`
  const seam = `seam at ${instantText(CALENDAR.seamMs)}: the ${durationText(FLIGHTS.overlapMs)} before it are compared, flight by flight; the log has ${countedText(recordsInLog, 'record')} so far`
  const warnings = plan.notes
    .filter(note => note.level === 'warning')
    .map(note => `warning: ${note.about}: ${note.text}`)
  return [
    `${reads}; about ${secondsText(totals.secondsEstimated)}`,
    ...(historyOnly ? [] : [seam]),
    ...warnings,
  ]
}

function ranText(outcome: RunOutcome): string {
  const speed = outcome.seconds > 0 ? ` (${countText(outcome.rows / outcome.seconds)} rows/s)` : ''
  const made = `${countText(outcome.rows)} samples in ${countedText(outcome.partitions, 'partition')}, ${secondsText(outcome.seconds)}${speed}`
  const features = Object.entries(outcome.features).map(([name, counts]) => {
    const all = counts.hit + counts.absent + counts.expired + counts.unavailable
    return `${name}: ${shareText(counts.hit, all)} hit, ${countText(counts.absent)} absent, ${countText(counts.expired)} expired, ${countText(counts.unavailable)} unavailable`
  })
  const late = `${countedText(outcome.late, 'flight')} came more than ${durationText(FLIGHTS.disorderMs)} out of order: in late/, not dropped`
  return [
    paragraph('run', [
      outcome.state === 'interrupted' ? `interrupted after a clean checkpoint; ${made}` : made,
    ]),
    outcome.seam === null ? '' : paragraph('seam', [seamLine(outcome.seam)]),
    paragraph('features', features),
    outcome.late === 0 ? '' : paragraph('late', [late]),
  ].join('')
}

function seamLine(seam: NonNullable<RunOutcome['seam']>): string {
  if (!seam.proven) return `NOT proven: ${seam.reason ?? 'no reason given'}`
  return `proven: ${countedText(seam.doubled, 'flight')} were on both sides and are emitted once; ${countedText(seam.gaps, 'gap')}`
}

function checkLines(check: DemoCheck, seconds: number): string[] {
  const whole = `every flight once: ${countText(check.samples)} samples + ${countText(check.late)} late; ${countText(check.missing)} missing, ${countText(check.surplus)} doubled, ${countText(check.outOfOrder)} out of order`
  const some = `${countText(check.recomputed)} samples recomputed from the source file with plain SQL: ${countText(check.differing)} differ, look-ahead leaks ${countText(check.leaks)} (${secondsText(seconds)})`
  return [
    isClean(check) ? whole : `FAILED: ${whole}`,
    some,
    ...(check.example === null ? [] : [check.example]),
  ]
}

function whereToLook(paths: DemoPaths, { historyOnly }: DemoFlags): string {
  const near = (path: string): string => relative(process.cwd(), path) || '.'
  const rows: [string, string][] = [
    [near(paths.page), 'the run as a page with plots: open it in a browser'],
    [`${near(paths.run)}/samples/`, 'the samples, Parquet by partition and day'],
    [near(paths.job), 'the job file, to change and run again'],
    [`hindcast plan ${near(paths.job)}`, 'what a run of it would read and write'],
    [`hindcast inspect ${near(paths.run)}`, 'this run in words'],
    [`hindcast verify ${near(paths.run)}`, 'its digests once more'],
  ]
  if (!historyOnly) rows.splice(2, 0, [`${near(paths.run)}/certificate.json`, 'the proof of the seam'])
  return `\nwhere to look\n${labelled(rows, '  ')}`
}
