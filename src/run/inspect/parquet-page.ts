/**
 * `parquet inspect --html`: a Parquet file on one page that needs nothing but itself: no script, no network. Bars are
 * drawn by styles, and every number is in a table too.
 */

import { readFileSync } from 'node:fs'
import { bytesText, countedText, countText, shareText, spanText, timeText } from '../../core/figures.ts'
import type {
  ColumnDescription,
  Disorder,
  FileDescription,
  RowGroupDescription,
} from '../../parquet/index.ts'
import { Html, html } from './html.ts'
import { badge, card, table } from './sections.ts'

/** Bars of the time range: files with more row groups show several as one bar. */
const BARS_MAX = 200
/** Columns that are listed, largest first. */
const COLUMNS_MAX = 1000

/** The page; pure but for the styles that it reads beside it. */
export function parquetPage(description: FileDescription): string {
  const name = description.file.split(/[\\/]/).at(-1)!
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${`${name} · Parquet file`}</title>
<style>${pageStyles()}</style>
</head>
<body>
${header(name, description)}
<main>
${timeSection(description)}
${columnSection(description)}
${schemaSection(description)}
${groupSection(description)}
${metadataSection(description)}
</main>
<footer>Read from <code>${description.file}</code>. All times are UTC.</footer>
</body>
</html>
`.text
}

function header(
  name: string,
  { rows, rowGroups, bytes, columns, createdBy, disorder }: FileDescription,
): Html {
  const uncompressed = rowGroups.reduce((sum, group) => sum + group.uncompressedBytes, 0)
  const inOrder = disorder !== null && disorder.groupsOverlapping === 0 && disorder.groupsUnknown === 0
  const order =
    disorder === null
      ? html``
      : inOrder
        ? badge('good', 'row groups in order of time')
        : badge('warn', 'row groups overlap in time')
  return html`<header>
<p class="eyebrow">Parquet file</p>
<h1>${name} ${order}</h1>
<p class="range">Written by ${createdBy ?? 'somebody who does not say'}</p>
<dl class="tiles">
${tile('Rows', countText(rows), countedText(rowGroups.length, 'row group'))}
${tile('Size', bytesText(bytes), `${bytesText(uncompressed)} uncompressed`)}
${tile('Columns', countText(columns.length), `${countText(columns.filter(column => column.type === null).length)} not read`)}
${disorder === null ? html`` : tile('Row groups at once', countText(disorder.groupsAtOnce), 'to read in order of time')}
</dl>
</header>`
}

function tile(label: string, value: string, below: string): Html {
  return html`<div class="tile"><dt>${label}</dt><dd>${value}<small>${below}</small></dd></div>`
}

/** Several neighbours as one where there are many. */
interface TimeBar {
  readonly first: number
  readonly last: number
  readonly rows: number
  readonly minMs: number
  readonly maxMs: number
}

function timeSection({ disorder, rowGroups }: FileDescription): Html {
  if (disorder === null) return html``
  const bars = timeBars(rowGroups)
  if (bars.length === 0) return html``
  const minMs = bars.reduce((least, bar) => Math.min(least, bar.minMs), Number.POSITIVE_INFINITY)
  const maxMs = bars.reduce((most, bar) => Math.max(most, bar.maxMs), Number.NEGATIVE_INFINITY)
  const span = Math.max(maxMs - minMs, 1e-6)
  const percent = (ms: number): string => ((100 * ms) / span).toFixed(2)
  const rows = bars.map(bar => [
    html`${bar.first === bar.last ? String(bar.first) : `${bar.first} – ${bar.last}`}`,
    html`<span class="bar range-bar" aria-hidden="true"><span style="margin-left:${percent(bar.minMs - minMs)}%;width:max(2px,${percent(bar.maxMs - bar.minMs)}%)"></span></span>`,
    html`${timeText(Math.floor(bar.minMs))}`,
    html`${timeText(Math.floor(bar.maxMs))}`,
    html`${countText(bar.rows)}`,
  ])
  const about = `Range of ${disorder.column} in each row group, by its statistics. ${orderText(disorder, rowGroups.length)}`
  return card('time', 'Time of the row groups', 'whole', html`${about}`, [
    table(
      'Time range by row group',
      [
        { head: 'Row group' },
        { head: `${timeText(Math.floor(minMs))} to ${timeText(Math.floor(maxMs))}` },
        { head: 'From' },
        { head: 'To' },
        { head: 'Rows', numeric: true },
      ],
      rows,
    ),
  ])
}

function orderText({ groupsOverlapping, backwardsMs, rows }: Disorder, groups: number): string {
  const ofGroups =
    groupsOverlapping === 0
      ? 'None begins before an earlier one has ended.'
      : `${countText(groupsOverlapping)} of ${countText(groups)} begin before an earlier one has ended, by up to ${spanText(backwardsMs)}.`
  if (rows === null) return ofGroups
  return rows.behind === 0
    ? `${ofGroups} No row is behind the largest time so far.`
    : `${ofGroups} ${countedText(rows.behind, 'row')} behind the largest time so far, by up to ${spanText(rows.backwardsMs)}.`
}

function timeBars(groups: readonly RowGroupDescription[]): readonly TimeBar[] {
  const perBar = Math.ceil(groups.length / BARS_MAX)
  const bars: TimeBar[] = []
  for (let first = 0; first < groups.length; first += perBar) {
    const some = groups.slice(first, first + perBar)
    const times = some.flatMap(group => group.times ?? [])
    if (times.length === 0) continue
    bars.push({
      first,
      last: first + some.length - 1,
      rows: some.reduce((sum, group) => sum + group.rows, 0),
      minMs: Math.min(...times.map(({ minMs }) => minMs)),
      maxMs: Math.max(...times.map(({ maxMs }) => maxMs)),
    })
  }
  return bars
}

function columnSection({ columns }: FileDescription): Html {
  const sorted = [...columns].sort((a, b) => b.compressedBytes - a.compressedBytes).slice(0, COLUMNS_MAX)
  const whole = columns.reduce((sum, column) => sum + column.compressedBytes, 0)
  const largest = Math.max(1, sorted[0]?.compressedBytes ?? 0)
  const rows = sorted.map(column => [
    html`${column.column}`,
    html`<span class="bar" aria-hidden="true"><span style="width:${((100 * column.compressedBytes) / largest).toFixed(1)}%"></span></span>`,
    html`${bytesText(column.compressedBytes)} <small>${shareText(column.compressedBytes, whole)}</small>`,
    html`${ratio(column)}`,
    html`${column.codecs.join(', ')}`,
    html`${column.encodings.join(', ')}`,
    html`${column.nulls === null ? '–' : countText(column.nulls)}`,
    html`${column.min === null ? '–' : String(column.min)}`,
    html`${column.max === null ? '–' : String(column.max)}`,
  ])
  return card(
    'columns',
    'Bytes by column',
    'whole',
    html`Compressed, in all row groups; the largest first.`,
    [
      table(
        'Columns by size',
        [
          { head: 'Column' },
          { head: '' },
          { head: 'Bytes', numeric: true },
          { head: 'Ratio', numeric: true },
          { head: 'Codec' },
          { head: 'Encodings', text: true },
          { head: 'Nulls', numeric: true },
          { head: 'Smallest', text: true },
          { head: 'Largest', text: true },
        ],
        rows,
      ),
    ],
  )
}

function ratio({
  uncompressedBytes,
  compressedBytes,
}: Pick<ColumnDescription, 'uncompressedBytes' | 'compressedBytes'>): string {
  return compressedBytes === 0 ? '–' : `${(uncompressedBytes / compressedBytes).toFixed(1)}×`
}

function schemaSection({ schema }: FileDescription): Html {
  const rows = schema.map(line => [
    html`<span style="padding-left:${line.depth}em">${line.name}</span>`,
    html`${line.type ?? (line.physical === null ? '(group)' : `not read: ${line.unreadable ?? ''}`)}`,
    html`${[line.physical, line.repetition, line.annotation].filter(part => part !== null).join(' ')}`,
  ])
  return card('schema', 'Schema', 'whole', html`Our type of each column, and what the file says.`, [
    table('Schema', [{ head: 'Column' }, { head: 'Type' }, { head: 'In the file' }], rows),
  ])
}

function groupSection({ rowGroups }: FileDescription): Html {
  const told = rowGroups.slice(0, COLUMNS_MAX)
  const rows = told.map(group => [
    html`${group.rowGroup}`,
    html`${countText(group.rows)}`,
    html`${bytesText(group.compressedBytes)}`,
    html`${ratio(group)}`,
  ])
  const left = rowGroups.length - told.length
  const about =
    left === 0
      ? html`In the order of the file.`
      : html`The first ${countText(told.length)}; ${countText(left)} more are in the file.`
  return card('groups', 'Row groups', 'half', about, [
    table(
      'Row groups',
      [
        { head: 'Row group' },
        { head: 'Rows', numeric: true },
        { head: 'Bytes', numeric: true },
        { head: 'Ratio', numeric: true },
      ],
      rows,
    ),
  ])
}

function metadataSection({ keyValues }: FileDescription): Html {
  const rows = keyValues.map(({ key, value }) => [html`${key}`, html`<code>${shortened(value ?? '')}</code>`])
  return card('metadata', 'Key-value metadata', 'half', html`What the writer left in the footer.`, [
    table('Key-value metadata', [{ head: 'Key' }, { head: 'Value', text: true }], rows),
  ])
}

const VALUE_CHARACTERS = 2000

function shortened(text: string): string {
  return text.length <= VALUE_CHARACTERS ? text : `${text.slice(0, VALUE_CHARACTERS)}…`
}

function pageStyles(): Html {
  const styles = readFileSync(new URL('./page/page.css', import.meta.url), 'utf8')
  return new Html(`${styles}
.range-bar { min-width: 22rem; }
#time-title ~ .scroll tbody > tr > * { padding-block: 0.15rem; }
`)
}
