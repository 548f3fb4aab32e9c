/** Every stage in turn, as a table: what it does alone on one core, beside the best figure known for it. */

import { fileURLToPath } from 'node:url'
import { measure } from '../harness/measure.ts'
import type { BenchOptions, BenchReport } from '../harness/report.ts'
import { markdownTable, millions } from '../harness/table.ts'
import type { StageFigure, StageTask } from './stage.ts'

export const STAGES = [
  'decode',
  'order',
  'merge',
  'watermark',
  'join',
  'digest',
  'transfer',
  'write',
  'values',
] as const

export async function benchStages(options: BenchOptions, names: readonly string[]): Promise<BenchReport> {
  const task: StageTask = { cache: options.cache, shape: options.shape }
  const rows: string[][] = []
  let ok = true
  for (const name of names) {
    options.say(`stage ${name} …`)
    const program = fileURLToPath(new URL(`${name}.ts`, import.meta.url))
    const run = await measure({ command: process.execPath, args: [program, JSON.stringify(task)] })
    if (run.code !== 0) {
      ok = false
      rows.push([name, `failed: ${run.stderr.trim().split('\n').slice(-1)}`, '–', '–'])
      continue
    }
    const figures = JSON.parse(run.stdout.trim().split('\n').at(-1)!) as StageFigure[]
    for (const figure of figures) rows.push([name, figure.what, millions(figure.rowsPerSecond), figure.best])
  }
  return {
    title: 'Stages, one core',
    text: markdownTable(['stage', 'what', 'M rows/s', 'best known'], rows),
    ok,
  }
}
