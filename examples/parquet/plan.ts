/**
 * Plan, then execute: the rows of one hour, without reading the row groups and pages that have none of them.
 *
 *     node plan.ts orders.parquet
 */
import {
  columnsNamed,
  keepsTimes,
  openFileSource,
  planRead,
  type RowRange,
  RowReader,
  readParquetFile,
  rowsToRead,
} from 'hindcast/parquet'

const fromMs = Date.parse('2024-05-02T06:00:00Z')
const untilMs = Date.parse('2024-05-02T07:00:00Z')

const source = await openFileSource(process.argv[2]!)
const file = await readParquetFile(source) // the footer, and nothing else
const leaves = columnsNamed(file, ['at', 'amount'])

// From statistics: which row groups may have such times; from the page index: which of their pages.
const at = leaves[0]!
const keep = keepsTimes({ leaf: at, unit: undefined, fromMs, untilMs })
const wanted: (readonly RowRange[])[] = []
for (const [g, group] of file.metadata.rowGroups.entries()) {
  const statistics = group.columns[at.index]!.statistics
  const all = { from: 0, to: group.rows }
  const mayHave = statistics === null || keep(statistics)
  wanted.push(mayHave ? await rowsToRead(source, file, g, at, all, keep) : [])
}

// The plan is data: what will be read, row group by row group.
const plan = planRead(file, leaves, { from: 0, to: file.metadata.rows }, g => wanted[g]!)
console.log(
  `${plan.rows} of ${file.metadata.rows} rows in ${plan.groups.length} of ${wanted.length} row groups`,
)

const reader = new RowReader(source, plan, leaves)
let rows = 0
while (reader.rowsLeft > 0) {
  const [times] = await reader.read(Math.min(10_000, reader.rowsLeft))
  if (times!.kind !== 'i64') throw new Error('at is not a column of times')
  const { values } = times!
  for (let i = 0; i < values.length; i += 2) {
    const ms = values[i + 1]! * 2 ** 32 + (values[i]! >>> 0)
    if (ms >= fromMs && ms < untilMs) rows++
  }
}
await reader.close()
console.log(`${rows} rows of that hour`)
