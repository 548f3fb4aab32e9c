/**
 * The sections of the page as markup: every number is in a table or a sentence, so that the page reads without
 * its plots, with a screen reader, and on paper.
 */

import {
  countedText,
  countText,
  rateText,
  secondsText,
  shareText,
  sliceText,
  spanText,
  timeText,
} from '../../core/figures.ts'
import type { FeatureCounts, RunInspection } from '../outcome.ts'
import type { ProgressPoint, Report } from '../report.ts'
import type { Html } from './html.ts'
import { html } from './html.ts'
import type { AsideRows, RunFiles } from './run-files.ts'

/** Slices listed at each end of the slice table; those between are in manifest.json. */
const SLICES_LISTED = 200

/** Points of the progress listed in its tables. */
const PROGRESS_LISTED = 25

interface TableColumn {
  readonly head: string
  readonly numeric?: boolean
  /** Long text that may break into lines. */
  readonly text?: boolean
}

/** A card half as wide as the page (`half`) or as wide as it. */
export type CardWidth = 'half' | 'whole'

/** A figure: heading, a sentence, a box that the page's script draws into, and the same numbers as a table below it. */
export function plotSection(id: string, title: string, width: CardWidth, about: Html, below: Html): Html {
  return html`<section class="card ${width}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
<p class="about">${about}</p>
<div class="plot" id="plot-${id}" role="img" aria-labelledby="${id}-title"></div>
${below}</section>
`
}

export function seamSection(inspection: RunInspection): Html {
  const about =
    inspection.seams.length === 0
      ? html`No stream of this run goes from history to live, or none has got there yet.`
      : html`Where each partition went from history to live, and what was compared to prove it.`
  const rows = inspection.seams.map(seam => [
    html`${seam.stream}`,
    html`${seam.partition}`,
    html`${seam.historyLast}`,
    html`${seam.liveFirst}`,
    html`${countText(seam.doubled)}`,
    html`${countText(seam.holesExplained)}`,
    html`${countText(seam.gaps)}`,
    seam.proven ? badge('good', 'proven') : html`${badge('bad', 'not proven')} ${seam.reason ?? ''}`,
  ])
  return card('seam', 'Seam', 'whole', about, [
    table(
      'Hand-over by stream and partition',
      [
        { head: 'Stream' },
        { head: 'Partition' },
        { head: 'Last of history' },
        { head: 'First of live' },
        { head: 'On both sides', numeric: true },
        { head: 'Holes explained', numeric: true },
        { head: 'Gaps', numeric: true },
        { head: 'Outcome' },
      ],
      rows,
    ),
  ])
}

const STATUSES: readonly (keyof FeatureCounts)[] = ['hit', 'absent', 'expired', 'unavailable']

export function featureSection(inspection: RunInspection): Html {
  const features = Object.entries(inspection.features)
  const rows = features.map(([name, counts]) => {
    const lookups = STATUSES.reduce((sum, status) => sum + counts[status], 0)
    const parts = STATUSES.filter(status => counts[status] > 0).map(
      status => html`<span class="part ${status}" style="flex-grow:${counts[status]}"></span>`,
    )
    return [
      html`${name}`,
      html`<span class="shares" aria-hidden="true">${parts}</span>`,
      ...STATUSES.map(
        status => html`${countText(counts[status])} <small>${shareText(counts[status], lookups)}</small>`,
      ),
    ]
  })
  const legend = STATUSES.map(
    status => html`<span class="key"><span class="swatch ${status}"></span>${status}</span>`,
  )
  return card(
    'features',
    'Feature statuses',
    'whole',
    html`How each look-up of a feature version ended. ${legend}`,
    [
      table(
        'Look-ups by feature and status',
        [
          { head: 'Feature' },
          { head: 'Shares' },
          ...STATUSES.map(status => ({ head: status, numeric: true })),
        ],
        rows,
      ),
    ],
  )
}

export function watermarkSection(run: RunFiles, inspection: RunInspection): Html {
  const newestMs = Math.max(...inspection.watermarksMs.map(ms => ms ?? Number.NEGATIVE_INFINITY))
  const states = new Map(run.report?.watermarks.map(mark => [mark.partition, mark.state]))
  const rowsOf = new Float64Array(inspection.partitions)
  for (const slice of inspection.slices) rowsOf[slice.partition]! += slice.rows
  const rows = inspection.watermarksMs.map((ms, partition) => [
    html`${partition}`,
    html`${states.get(partition) ?? 'unfinished'}`,
    html`${timeText(ms)}`,
    html`${ms === null ? '–' : spanText(newestMs - ms)}`,
    html`${countText(rowsOf[partition]!)}`,
  ])
  return card(
    'watermarks',
    'Watermarks',
    run.report === null ? 'whole' : 'half',
    html`A partition will emit no event earlier than its watermark any more.`,
    [
      table(
        'Watermark by partition',
        [
          { head: 'Partition' },
          { head: 'State' },
          { head: 'Watermark' },
          { head: 'Behind', numeric: true },
          { head: 'Samples', numeric: true },
        ],
        rows,
      ),
    ],
  )
}

/** The progress as a table, thinned to a readable number of rows. */
export function progressTable(points: readonly ProgressPoint[]): Html {
  const every = Math.ceil(points.length / PROGRESS_LISTED)
  const rows = points
    .filter((_, index) => index % every === 0 || index === points.length - 1)
    .map(point => [
      html`${point.seconds.toFixed(1)}`,
      html`${countText(point.rows)}`,
      html`${timeText(point.watermarkMs)}`,
    ])
  return html`<details><summary>As a table</summary>
${table(
  'Progress by wall time',
  [{ head: 'Second' }, { head: 'Samples so far', numeric: true }, { head: 'Watermark' }],
  rows,
)}</details>`
}

/** Between the points of the progress: samples by wall time. */
export function rateTable(points: readonly ProgressPoint[]): Html {
  const every = Math.ceil(points.length / PROGRESS_LISTED)
  const listed = points.filter((_, index) => index % every === 0 || index === points.length - 1)
  const rows = listed.slice(1).map((point, index) => {
    const before = listed[index]!
    return [
      html`${before.seconds.toFixed(1)} – ${point.seconds.toFixed(1)}`,
      html`${countText(point.rows - before.rows)}`,
      html`${rateText(point.rows - before.rows, point.seconds - before.seconds)}`,
    ]
  })
  return html`<details><summary>As a table</summary>
${table(
  'Samples by wall time',
  [{ head: 'Seconds' }, { head: 'Samples', numeric: true }, { head: 'Rate', numeric: true }],
  rows,
)}</details>`
}

export function sliceTable(inspection: RunInspection): Html {
  const byStart = new Map<number, number[]>()
  for (const slice of inspection.slices) {
    const rows = byStart.get(slice.startMs) ?? new Array<number>(inspection.partitions).fill(0)
    rows[slice.partition]! += slice.rows
    byStart.set(slice.startMs, rows)
  }
  const all = [...byStart].sort((a, b) => a[0] - b[0])
  const listed =
    all.length <= 2 * SLICES_LISTED ? all : [...all.slice(0, SLICES_LISTED), ...all.slice(-SLICES_LISTED)]
  // A run may have a thousand partitions: beyond a handful only the sum of a slice is listed.
  const partitions = inspection.partitions <= 16 ? inspection.partitions : 0
  const rows = listed.map(([startMs, counts]) => [
    html`${sliceText(startMs)}`,
    html`${countText(counts.reduce((sum, count) => sum + count, 0))}`,
    ...counts.slice(0, partitions).map(count => html`${countText(count)}`),
  ])
  const left = all.length - listed.length
  return html`<details><summary>As a table (${countedText(all.length, 'slice')})</summary>
${left === 0 ? '' : html`<p class="about">The first and last ${SLICES_LISTED} slices; ${countText(left)} between them are in manifest.json.</p>`}
${table(
  'Samples by slice',
  [
    { head: 'Slice (UTC)' },
    { head: 'Samples', numeric: true },
    ...Array.from({ length: partitions }, (_, partition) => ({
      head: `Partition ${partition}`,
      numeric: true,
    })),
  ],
  rows,
)}</details>`
}

export function latenessTable(inspection: RunInspection, labels: readonly string[]): Html {
  const rows = inspection.lateness.flatMap((bucket, index) =>
    bucket.rows === 0 ? [] : [[html`${labels[index]!}`, html`${countText(bucket.rows)}`]],
  )
  return html`<details><summary>As a table</summary>
${table('Live events by how far behind they came', [{ head: 'Behind' }, { head: 'Events', numeric: true }], rows)}</details>`
}

export function asideSection(id: string, title: string, about: Html, aside: AsideRows): Html {
  const reasons = Object.entries(aside.reasons).map(([reason, rows]) => [
    html`${reason}`,
    html`${countText(rows)}`,
  ])
  const examples = aside.examples.map(row => [
    html`${row.reason}`,
    html`<code>${row.text}</code>`,
    html`${row.file}`,
  ])
  return card(id, title, 'half', about, [
    table(`${title} by reason`, [{ head: 'Reason' }, { head: 'Rows', numeric: true }], reasons),
    examples.length === 0
      ? html``
      : html`<details><summary>First ${countedText(examples.length, 'row')}</summary>
${table(`${title}: first rows`, [{ head: 'Reason' }, { head: 'Row', text: true }, { head: 'File' }], examples)}</details>`,
  ])
}

export function stageSection(report: Report): Html {
  const stages = Object.entries(report.stageMs).sort((a, b) => b[1] - a[1])
  const longest = Math.max(1, ...stages.map(([, ms]) => ms))
  const rows = stages.map(([stage, ms]) => [
    html`${stage}`,
    html`<span class="bar" aria-hidden="true"><span style="width:${((100 * ms) / longest).toFixed(1)}%"></span></span>`,
    html`${secondsText(ms / 1000)}`,
  ])
  return card(
    'stages',
    'Where the time went',
    'half',
    html`Busy time of each stage, summed over lanes; stages overlap, so the sum may exceed the wall time.`,
    [
      table(
        'Busy seconds by stage',
        [{ head: 'Stage' }, { head: '' }, { head: 'Busy', numeric: true }],
        rows,
      ),
    ],
  )
}

export function badge(kind: 'good' | 'warn' | 'bad', text: string): Html {
  return html`<span class="badge ${kind}">${text}</span>`
}

/** A part of the page: heading, a sentence, and what is below it. */
export function card(
  id: string,
  title: string,
  width: CardWidth,
  about: Html,
  content: readonly Html[],
): Html {
  return html`<section class="card ${width}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
<p class="about">${about}</p>
${content}</section>
`
}

/** A table that scrolls by itself; `None.` where there are no rows. The first cell of a row is its head. */
export function table(
  caption: string,
  columns: readonly TableColumn[],
  rows: readonly (readonly Html[])[],
): Html {
  if (rows.length === 0) return html`<p class="none">None.</p>`
  const heads = columns.map(column => html`<th scope="col"${cellClass(column)}>${column.head}</th>`)
  const lines = rows.map(cells => {
    const marked = cells.map((cell, index) =>
      index === 0
        ? html`<th scope="row"${cellClass(columns[0]!)}>${cell}</th>`
        : html`<td${cellClass(columns[index]!)}>${cell}</td>`,
    )
    return html`<tr>${marked}</tr>\n`
  })
  // A table wider than the screen scrolls on its own; tabindex lets the keyboard do so.
  return html`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table>
<caption>${caption}</caption>
<thead><tr>${heads}</tr></thead>
<tbody>${lines}</tbody></table></div>`
}

function cellClass(column: TableColumn): Html {
  if (column.text === true) return html` class="text"`
  return column.numeric === true ? html` class="num"` : html``
}
