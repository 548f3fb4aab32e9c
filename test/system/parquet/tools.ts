/** The Python tools that files are exchanged with, pinned, and where their scripts are. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { checkFile, type RowRange } from '../../../src/parquet/index.ts'
import { type Python, pythonWith } from '../../harness/index.ts'
import { type Coverage, complaintsAbout, coverageOf, openFile, readCells } from './foreign-files.ts'

/** Python with PyArrow and Polars. */
export const pythonWithArrow = (): Promise<Python> => pythonWith(['pyarrow==26.0.1', 'polars==2.1.0'])

/** Python with Spark, which is 500 MB and needs Java: for the soak. */
export const pythonWithSpark = (): Promise<Python> => pythonWith(['pyspark==4.3.0', 'pyarrow==26.0.1'])

/** Path of a script in python/. */
export function scriptPath(name: string): string {
  return fileURLToPath(new URL(`python/${name}`, import.meta.url))
}

/** `files.json` of a folder that a script has filled. */
interface Written {
  readonly writer: string
  readonly files: readonly { readonly path: string; readonly cells: string }[]
}

export interface Findings {
  readonly files: number
  /** What is not as it was written; the path of the file in front. */
  readonly complaints: readonly string[]
  readonly coverage: readonly Coverage[]
}

/** Reads every file of the folder, whole and in parts, compares it with the cells beside it, and checks it. */
export async function examineFolder(folder: string): Promise<Findings> {
  const { files } = JSON.parse(readFileSync(`${folder}/files.json`, 'utf8')) as Written
  const complaints: string[] = []
  const coverage: Coverage[] = []
  for (const { path, cells } of files) {
    try {
      const foreign = await openFile(folder, path)
      coverage.push(...coverageOf(foreign))
      const found = await complaintsAbout(
        foreign,
        readCells(`${folder}/${cells}`),
        partsOf(foreign.file.metadata.rows),
      )
      complaints.push(...found.map(complaint => `${path}: ${complaint}`))
      const { problems } = await checkFile(foreign.source)
      complaints.push(...problems.map(({ column, message }) => `${path}: checked: ${column}: ${message}`))
    } catch (error) {
      complaints.push(`${path}: ${error instanceof Error ? error.stack : String(error)}`)
    }
  }
  return { files: files.length, complaints, coverage }
}

/** All rows, and parts of them: in the middle of a page, over the end of a row group, and the last row. */
function partsOf(rows: number): RowRange[] {
  const whole = { from: 0, to: rows }
  if (rows < 10) return [whole]
  const middle = Math.floor(rows / 2)
  return [whole, { from: 17, to: 23 }, { from: middle - 30, to: rows - 1 }, { from: rows - 1, to: rows }]
}
