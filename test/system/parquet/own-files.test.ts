/** Files by our writer are read equal by PyArrow, Polars, DuckDB and hyparquet, statistics and page index included. */
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkFile } from '../../../src/parquet/index.ts'
import { withDuckDb } from '../../corpus/oracle.ts'
import { lastJsonLine, makeTempDirectory, type Python, removeTempDirectory } from '../../harness/index.ts'
import { type Cell, difference } from './cells.ts'
import { cellsByDuckDb, duckDbCell } from './duckdb-cells.ts'
import { complaintsAbout, type KnownColumn, openFile, readCells } from './foreign-files.ts'
import { cellsByHyparquet, hyparquetCell, rangeByHyparquet } from './hyparquet-cells.ts'
import { type OwnFile, type Remnant, writeOwnFiles } from './own-files.ts'
import { pythonWithArrow, scriptPath } from './tools.ts'

let python: Python
let folder: string
let files: readonly OwnFile[]

beforeAll(async () => {
  folder = makeTempDirectory()
  python = await pythonWithArrow()
  files = await writeOwnFiles(folder)
})

afterAll(() => removeTempDirectory(folder))

interface Answer {
  readonly files: number
  readonly statistics: number
  readonly complaints: readonly string[]
}

function knownOf(file: OwnFile): KnownColumn[] {
  return readCells(join(folder, file.cells))
}

/** Rising columns, with the values that they have in the rows that are left. */
function ranges(file: OwnFile, { from, to }: Remnant): { column: KnownColumn; cells: Cell[] }[] {
  return knownOf(file)
    .filter(({ name }) => name.startsWith('up_'))
    .map(column => ({ column, cells: column.cells.slice(from, to).filter(cell => cell !== null) }))
}

/** A cell as SQL of its type. */
function literal(cell: Cell, { type }: KnownColumn): string {
  if (type === 'utf8') return `'${Buffer.from(cell!, 'hex').toString()}'`
  if (type === 'timestamp[us]') return `make_timestamp(${cell})`
  if (type === 'timestamp[us, UTC]') return `CAST(make_timestamp(${cell}) AS TIMESTAMPTZ)`
  if (type === 'date') return `(DATE '1970-01-01' + ${cell})`
  if (type === 'float64') return `CAST(${Buffer.from(cell!, 'hex').readDoubleBE()} AS DOUBLE)`
  if (type === 'time[us]') return `(TIME '00:00:00' + to_microseconds(${cell}))`
  const decimal = /^decimal\(\d+,(\d+)\)$/.exec(type)
  if (decimal === null) return cell!
  const scale = Number(decimal[1])
  const digits = cell!.replace('-', '').padStart(scale + 1, '0')
  const sign = cell!.startsWith('-') ? '-' : ''
  return `CAST('${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}' AS ${type})`
}

describe('files by our writer', () => {
  it('are read equal by PyArrow and Polars, with checksums, bounds, null counts and pruning', async context => {
    python.need(context)
    const answer = lastJsonLine<Answer>(await python.run(scriptPath('read_files.py'), [folder]))
    expect(answer.complaints).toEqual([])
    expect(answer.files).toBe(files.length)
    expect(answer.statistics).toBeGreaterThan(2000)
  })

  it('are read equal by DuckDB, which rules row groups out by their bounds', () =>
    withDuckDb(async connection => {
      const complaints: string[] = []
      for (const file of files) {
        const known = knownOf(file)
        const from = `read_parquet('${join(folder, file.path)}')`
        const found = await cellsByDuckDb(connection, `${from} ORDER BY file_row_number`, known)
        complaints.push(...differences(file.path, seenBy(duckDbCell, known), found))
        if (file.remnants === null) continue
        const left = file.remnants.groups
        for (const { column, cells } of ranges(file, left)) {
          const [low, high] = [literal(cells[0]!, column), literal(cells.at(-1)!, column)]
          const rest = `read_parquet('${join(folder, left.path)}') WHERE ${column.name} BETWEEN ${low} AND ${high}`
          const part = await cellsByDuckDb(connection, rest, [column])
          complaints.push(...differences(left.path, [{ ...column, cells }], part))
        }
      }
      expect(complaints).toEqual([])
    }))

  it('are read equal by hyparquet, which passes over pages by their index', async () => {
    const complaints: string[] = []
    for (const file of files) {
      if (file.path.startsWith('LZ4_RAW')) continue
      const known = knownOf(file)
      const found = await cellsByHyparquet(join(folder, file.path), known)
      complaints.push(...differences(file.path, seenBy(hyparquetCell, known), found))
      if (file.remnants === null) continue
      const left = file.remnants.pages
      for (const { column, cells } of ranges(file, left)) {
        const query = { column, low: cells[0]!, high: cells.at(-1)! }
        const found = await rangeByHyparquet(join(folder, left.path), query)
        const want = seenBy(hyparquetCell, [{ ...column, cells }])
        complaints.push(...differences(left.path, want, [{ cells: found }]))
      }
    }
    expect(complaints).toEqual([])
  })

  it('are read equal by ourselves, and where pages are destroyed that are not asked for', async () => {
    const complaints: string[] = []
    for (const file of files) {
      const foreign = await openFile(folder, file.path)
      const whole = { from: 0, to: foreign.file.metadata.rows }
      complaints.push(...(await complaintsAbout(foreign, knownOf(file), [whole])))
      const { problems } = await checkFile(foreign.source)
      complaints.push(
        ...problems.map(({ column, message }) => `${file.path}: checked: ${column}: ${message}`),
      )
      if (file.remnants === null) continue
      const { pages } = file.remnants
      const rest = await openFile(folder, pages.path)
      complaints.push(...(await complaintsAbout(rest, knownOf(file), [pages])))
      // What is destroyed is: a remnant that could be read whole would prove nothing.
      await expect(complaintsAbout(rest, knownOf(file), [whole])).rejects.toThrow()
    }
    expect(complaints).toEqual([])
  })
})

/** Cells as a tool sees them that has no exact type for some. */
function seenBy(
  toolCell: (cell: Cell, type: string) => Cell,
  known: readonly KnownColumn[],
): readonly KnownColumn[] {
  return known.map(column => ({ ...column, cells: column.cells.map(cell => toolCell(cell, column.type)) }))
}

function differences(
  path: string,
  known: readonly KnownColumn[],
  found: readonly Pick<KnownColumn, 'cells'>[],
): string[] {
  return known.flatMap(({ name, type, cells }, c) => {
    const wrong = difference(found[c]!.cells, cells, type)
    return wrong === null ? [] : [`${path}: ${name}: ${wrong}`]
  })
}
