/**
 * What `hindcast parquet inspect` prints: a file in words and tables of at most 100 columns.
 */

import { bytesText, countedText, countText, shareText, spanText, timeText } from '../core/figures.ts'
import type {
  ColumnDescription,
  Disorder,
  FileDescription,
  RowGroupDescription,
  SchemaLine,
} from '../parquet/index.ts'
import { labelled } from './labelled.ts'
import { cut, printable, tableText } from './parquet-table.ts'

/** Row groups told one by one; of files with more, the first and the last ones. */
const GROUPS_TOLD = 20
const LAST_TOLD = 5
/** Characters of a value of key-value metadata. */
const VALUE_CHARACTERS = 60

const ENCODING_WORDS: ReadonlyMap<string, string> = new Map([
  ['PLAIN', 'plain'],
  ['PLAIN_DICTIONARY', 'dictionary'],
  ['RLE_DICTIONARY', 'dictionary'],
  ['DELTA_BINARY_PACKED', 'delta'],
  ['DELTA_LENGTH_BYTE_ARRAY', 'delta-length'],
  ['DELTA_BYTE_ARRAY', 'delta-prefix'],
  ['BYTE_STREAM_SPLIT', 'split'],
])

/** The description as text; `rowGroup` where the columns are those of one row group. */
export function descriptionText(description: FileDescription, rowGroup?: number): string {
  const which = rowGroup === undefined ? '' : ` of row group ${rowGroup}`
  return [
    labelled(summary(description)),
    `\nschema\n${schemaText(description.schema)}`,
    `\nrow groups\n${groupsText(description.rowGroups)}`,
    `\ncolumns${which}, by bytes\n${bytesTable(description.columns)}`,
    `\ncolumns${which}, by values\n${valuesTable(description.columns)}`,
    description.disorder === null ? '' : `\n${disorderText(description.disorder, description)}`,
  ].join('')
}

function summary(description: FileDescription): [string, string][] {
  const { rowGroups, keyValues } = description
  const uncompressed = rowGroups.reduce((sum, group) => sum + group.uncompressedBytes, 0)
  const compressed = rowGroups.reduce((sum, group) => sum + group.compressedBytes, 0)
  const size = [
    `${bytesText(description.bytes)}: columns ${bytesText(compressed)}`,
    `${bytesText(uncompressed)} uncompressed (${ratioText(uncompressed, compressed)})`,
    `footer ${bytesText(description.footerBytes)}`,
  ]
  const rows: [string, string][] = [
    ['file', printable(description.file)],
    ['rows', `${countText(description.rows)} in ${countedText(rowGroups.length, 'row group')}`],
    ['size', size.join(', ')],
    ['created by', cut(printable(description.createdBy ?? 'not said'), 86)],
  ]
  for (const { key, value } of keyValues) {
    const text = value ?? ''
    const more = text.length > VALUE_CHARACTERS ? ` (${countText(text.length)} characters)` : ''
    const told = cut(printable(text.slice(0, VALUE_CHARACTERS + 1)), VALUE_CHARACTERS - more.length)
    rows.push(['metadata', `${cut(printable(key), 24)}: ${told}${more}`])
  }
  return rows
}

function schemaText(schema: readonly SchemaLine[]): string {
  const rows = schema.map(line => [
    `${'  '.repeat(Math.min(line.depth, 8))}${line.name}`,
    line.type ?? (line.physical === null ? '(group)' : `not read: ${line.unreadable}`),
    [line.physical, line.repetition, line.annotation].filter(part => part !== null).join(' '),
  ])
  return tableText(
    [
      { head: 'column', widthMax: 28 },
      { head: 'type', widthMax: 30 },
      { head: 'in the file', widthMax: 36 },
    ],
    rows,
  )
}

function groupsText(groups: readonly RowGroupDescription[]): string {
  const told =
    groups.length <= GROUPS_TOLD
      ? groups
      : [...groups.slice(0, GROUPS_TOLD - LAST_TOLD), ...groups.slice(-LAST_TOLD)]
  const rows = told.map(group => [
    String(group.rowGroup),
    countText(group.rows),
    bytesText(group.compressedBytes),
    ratioText(group.uncompressedBytes, group.compressedBytes),
    group.times === null
      ? '–'
      : `${timeText(Math.floor(group.times.minMs))} … ${timeText(Math.floor(group.times.maxMs))}`,
  ])
  const table = tableText(
    [
      { head: '#', widthMax: 9, isNumeric: true },
      { head: 'rows', widthMax: 13, isNumeric: true },
      { head: 'bytes', widthMax: 10, isNumeric: true },
      { head: 'ratio', widthMax: 7, isNumeric: true },
      { head: 'time', widthMax: 51 },
    ],
    rows,
  )
  const left = groups.length - told.length
  const sorted = groups[0]?.sortedBy ?? []
  return [
    table,
    left === 0 ? '' : `  … and ${countText(left)} between them: --json has all\n`,
    sorted.length === 0 ? '' : `  said to be sorted by ${cut(printable(sorted.join(', ')), 76)}\n`,
  ].join('')
}

function bytesTable(columns: readonly ColumnDescription[]): string {
  const whole = columns.reduce((sum, column) => sum + column.compressedBytes, 0)
  return tableText(
    [
      { head: 'column', widthMax: 24 },
      { head: 'bytes', widthMax: 10, isNumeric: true },
      { head: 'share', widthMax: 8, isNumeric: true },
      { head: 'ratio', widthMax: 7, isNumeric: true },
      { head: 'codec', widthMax: 9 },
      { head: 'encodings', widthMax: 18 },
      { head: 'has', widthMax: 10 },
    ],
    columns.map(column => [
      column.column,
      bytesText(column.compressedBytes),
      shareText(column.compressedBytes, whole),
      ratioText(column.uncompressedBytes, column.compressedBytes),
      column.codecs.map(codec => (codec === 'UNCOMPRESSED' ? 'none' : codec.toLowerCase())).join(' '),
      encodingWords(column),
      partWords(column),
    ]),
  )
}

function valuesTable(columns: readonly ColumnDescription[]): string {
  return tableText(
    [
      { head: 'column', widthMax: 24 },
      { head: 'nulls', widthMax: 13, isNumeric: true },
      { head: 'smallest', widthMax: 28 },
      { head: 'largest', widthMax: 27 },
    ],
    columns.map(column => [
      column.column,
      column.nulls === null ? '–' : countText(column.nulls),
      boundText(column.min),
      boundText(column.max),
    ]),
  )
}

/** An empty text is told as such. */
function boundText(bound: ColumnDescription['min']): string {
  return bound === null ? '–' : bound === '' ? '""' : String(bound)
}

/** Encodings of the values; RLE is told only where there is no other, as it is what levels are in. */
function encodingWords({ encodings }: ColumnDescription): string {
  const words = new Set(encodings.flatMap(encoding => ENCODING_WORDS.get(encoding) ?? []))
  if (words.size === 0) return encodings.join(' ').toLowerCase()
  // what follows a dictionary is its own encoding, or what the writer fell back to
  return [...words].sort((a, b) => Number(b === 'dictionary') - Number(a === 'dictionary')).join(' ')
}

/** `index`: both page indexes; `~` before what only some row groups have. */
function partWords(column: ColumnDescription): string {
  const parts: [string, number][] = [
    ['index', Math.min(column.columnIndexes, column.offsetIndexes)],
    ['bloom', column.bloomFilters],
  ]
  return parts
    .filter(([, count]) => count > 0)
    .map(([name, count]) => (count === column.chunks ? name : `~${name}`))
    .join(' ')
}

function disorderText(disorder: Disorder, { rows, rowGroups }: FileDescription): string {
  const lines: [string, string][] = []
  const range = disorder.min === null ? 'statistics do not tell' : `${disorder.min} … ${disorder.max}`
  lines.push(['range', range])
  if (disorder.groupsUnknown > 0)
    lines.push(['unknown', `${countedText(disorder.groupsUnknown, 'row group')} without statistics of it`])
  lines.push([
    'row groups',
    disorder.groupsOverlapping === 0
      ? 'in order: none begins before an earlier one has ended'
      : `${countText(disorder.groupsOverlapping)} of ${countText(rowGroups.length)} begin before an earlier one has ended, by up to ${stepText(disorder.backwardsMs)}`,
  ])
  lines.push(['at once', `${countedText(disorder.groupsAtOnce, 'row group')} at most may hold one moment`])
  lines.push(['rows', rowsText(disorder, rows)])
  return `disorder of ${printable(disorder.column)}\n${labelled(lines, '  ')}`
}

function rowsText({ rows: found }: Disorder, rows: number): string {
  if (found === null) return 'not read: --deep reads them'
  const nulls = found.nulls === 0 ? '' : `; ${countedText(found.nulls, 'row')} without a time`
  if (found.behind === 0) return `in order${nulls}`
  const share = `${countText(found.behind)} (${shareText(found.behind, rows)}) behind the largest time so far`
  return `${share}, by up to ${stepText(found.backwardsMs)} (row ${countText(found.backwardsRow ?? 0)})${nulls}`
}

function stepText(ms: number): string {
  return ms > 0 && ms < 1 ? `${ms} ms` : spanText(ms)
}

function ratioText(uncompressed: number, compressed: number): string {
  return compressed === 0 ? '–' : `${(uncompressed / compressed).toFixed(1)}×`
}
