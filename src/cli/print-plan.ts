/**
 * A plan in words (C8): what will be read, joined and written, and what to know before it is.
 */

import { bytesText, countedText, countText, instantText, secondsText } from '../core/figures.ts'
import {
  durationText,
  type FeatureJob,
  type HbaseSource,
  type SeamJob,
  type StreamJob,
} from '../job/index.ts'
import type { FeaturePlan, Plan, PlanNote, StreamPlan } from '../plan/index.ts'
import { labelled } from './labelled.ts'

/** Columns that are named one by one; of more only the number is told. */
const COLUMNS_NAMED_MAX = 8

export function planText(plan: Plan): string {
  const jobOf = new Map(plan.job.streams.map(stream => [stream.name, stream]))
  const blocks = [
    `${plan.job.name}: ${summary(plan)}\n`,
    section(
      'reads',
      plan.streams.map(stream => [stream.name, streamText(stream, jobOf.get(stream.name)!)]),
    ),
    section(
      'joins',
      plan.features.map(feature => [feature.name, featureText(feature)]),
    ),
    section('writes', [[plan.job.output.directory, outputText(plan)]]),
    section('notes', plan.notes.map(noteRow)),
    `plan ${plan.hash}, ${plan.pinned ? 'pinned' : 'not pinned: a log or store that it reads can change'}\n`,
  ]
  return blocks.filter(block => block !== '').join('\n')
}

function summary({ totals }: Plan): string {
  const parts = [countedText(totals.files, 'file'), countedText(totals.rows, 'row'), bytesText(totals.bytes)]
  if (totals.rows > 0) parts.push(`about ${secondsText(totals.secondsEstimated)}`)
  return parts.join(', ')
}

function section(title: string, rows: readonly (readonly [string, string])[]): string {
  return rows.length === 0 ? '' : `${title}\n${labelled(rows, '  ')}`
}

function streamText(stream: StreamPlan, job: StreamJob): string {
  const lines = [
    `${countedText(job.partitions, 'partition')} by ${job.key.join(', ')} (${partitioningText(job)})`,
  ]
  if (job.order === 'offset') lines.push('in order of offset, as the topic delivered it')
  if (job.history !== undefined) lines.push(...historyLines(stream))
  if (job.live !== undefined) lines.push(liveText(stream, job))
  if (job.seam !== undefined) lines.push(seamText(job.seam, job))
  return lines.join('\n')
}

function partitioningText({ partitioner, keyEncoding }: StreamJob): string {
  if (partitioner === 'column') return 'its value is the partition'
  return keyEncoding === 'text' ? partitioner : `${partitioner} of ${keyEncoding}`
}

function historyLines(stream: StreamPlan): string[] {
  const { rows, bytes, fromMs, lastMs } = totalsOf(stream)
  const formats = [...new Set(stream.files.map(file => file.format))].sort().join(', ')
  const files = `history: ${countedText(stream.files.length, 'file')} (${formats || 'none'})`
  const lines = [`${files}, ${countedText(rows, 'row')}, ${bytesText(bytes)}`]
  if (fromMs !== null && lastMs !== null) {
    lines.push(`event time ${instantText(fromMs)} to ${instantText(lastMs)}`)
  }
  return lines
}

function totalsOf(stream: StreamPlan): {
  rows: number
  bytes: number
  fromMs: number | null
  lastMs: number | null
} {
  let [rows, bytes] = [0, 0]
  let [fromMs, lastMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const file of stream.files) {
    bytes += file.bytes
    for (const unit of file.units) {
      rows += unit.rows
      if (unit.timeMinMs !== null) fromMs = Math.min(fromMs, unit.timeMinMs)
      if (unit.timeMaxMs !== null) lastMs = Math.max(lastMs, unit.timeMaxMs)
    }
  }
  return {
    rows,
    bytes,
    fromMs: Number.isFinite(fromMs) ? fromMs : null,
    lastMs: Number.isFinite(lastMs) ? lastMs : null,
  }
}

function liveText(stream: StreamPlan, { live, disorderMs }: StreamJob): string {
  const held = stream.live
  const records =
    held === null ? '' : `, ${countedText(recordsHeld(held.offsetFirst, held.offsetNext), 'record')} now`
  const disorder = `up to ${durationText(disorderMs)} out of order`
  return `live: ${placeText(live!.place)}${records}, ${disorder}, ${stopText(live!.stop)}${keptText(held)}`
}

function placeText(place: NonNullable<StreamJob['live']>['place']): string {
  return place.kind === 'log' ? place.directory : `topic ${place.topic} of ${place.brokers.join(', ')}`
}

function keptText(held: StreamPlan['live']): string {
  if (held === null || held.keptMs === null) return ''
  return `, kept for another ${secondsText(held.keptMs / 1000)}`
}

function recordsHeld(first: readonly number[], next: readonly number[]): number {
  let records = 0
  for (let i = 0; i < next.length; i++) records += next[i]! - (first[i] ?? 0)
  return records
}

function stopText(stop: NonNullable<StreamJob['live']>['stop']): string {
  switch (stop.kind) {
    case 'caught-up':
      return stop.hold ? 'until caught up, the rest is held for the next run' : 'until caught up'
    case 'never':
      return 'never stops'
    case 'instant':
      return `until event time ${instantText(stop.atMs)}`
  }
}

function seamText(seam: SeamJob, job: StreamJob): string {
  if (seam.by === 'offset') return 'seam: by offset; each offset is proven to be in history or live once'
  const proof =
    job.identity.length === 0
      ? 'cannot be proven without `identity`'
      : `${durationText(seam.overlapMs)} before it are compared by ${job.identity.join(', ')}`
  return `seam: at ${instantText(seam.atMs)}; ${proof}`
}

function featureText(feature: FeaturePlan): string {
  const { job } = feature
  return [
    sourceText(feature),
    `on ${job.on.join(', ')}; ${policyText(job)}`,
    `adds ${columnsText(feature)}`,
  ].join('\n')
}

function sourceText({ job, files, versions, newestMs, families }: FeaturePlan): string {
  const newest = newestMs === null ? '' : `, newest ${instantText(newestMs)}`
  if (job.from.kind === 'store') return `table ${job.from.table} of ${job.from.store}${newest}`
  if (job.from.kind === 'hbase') return hbaseText(job.from, families)
  return `${countedText(files.length, 'file')}, ${countedText(versions, 'version')}${newest}`
}

function hbaseText(from: HbaseSource, families: FeaturePlan['families'] = []): string {
  const { zookeeper, masters, znode } = from.access
  const cluster = masters?.join(',') ?? `${zookeeper?.join(',')}${znode ?? ''}`
  const kept = families.map(({ name, versions, ttlMs }) => {
    const time = ttlMs === null ? '' : ` for ${durationText(ttlMs)}`
    return `${name} keeps ${countedText(versions, 'version')}${time}`
  })
  return [`table ${from.table} of HBase at ${cluster}, row key ${from.rowKey}`, ...kept].join('; ')
}

function policyText(job: FeatureJob): string {
  const parts = [`the newest version ${job.boundary === 'exclusive' ? 'before' : 'at or before'} the event`]
  if (job.lagMs > 0) parts.push(`readable ${durationText(job.lagMs)} after its time`)
  if (job.from.kind === 'files' && job.from.available !== undefined)
    parts.push(`readable from ${job.from.available.column}`)
  if (job.maxAgeMs !== undefined) parts.push(`at most ${durationText(job.maxAgeMs)} old`)
  return parts.join(', ')
}

function columnsText({ name, fields }: FeaturePlan): string {
  if (fields.length > COLUMNS_NAMED_MAX) return `${countText(fields.length)} columns ${name}__…`
  return fields.map(field => `${name}__${field.name}`).join(', ')
}

function outputText(plan: Plan): string {
  const { output, samples } = plan.job
  const partitions = plan.job.streams.find(stream => stream.name === samples)?.partitions ?? 1
  const slices = `${countedText(plan.slices.length, 'slice')} of ${durationText(output.sliceMs)} × ${countedText(partitions, 'partition')}`
  return `${slices}, ${output.format}, ${countedText(plan.output.length, 'column')}\nsamples are the events of ${samples}`
}

function noteRow(note: PlanNote): [string, string] {
  return [note.level, `${note.about}: ${note.text}`]
}
