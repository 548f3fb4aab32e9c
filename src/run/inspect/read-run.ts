/**
 * Reads a run directory without touching it, finished or not. A part that is not there yet is empty; a part
 * that is there and damaged is `output-corrupt`, except where the run itself would repair it (a torn last line
 * of the manifest), which is told as a problem.
 */

import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

import type { Certificate } from '../../core/seam/index.ts'
import { HindcastError, wrapError } from '../../errors.ts'
import type { Plan } from '../../plan/index.ts'
import type { ManifestSlice } from '../manifest.ts'
import { manifestPath, readManifest } from '../manifest.ts'
import type { SliceInspection } from '../outcome.ts'
import type { Report } from '../report.ts'
import { REPORT_VERSION } from '../report.ts'
import { runningIn } from '../run-lock.ts'
import { readAside } from './aside.ts'
import type { RunFiles } from './run-files.ts'
import { seamInspections } from './seams.ts'

/** Throws `run-mismatch` where the directory is no run, `output-corrupt` where a part of it is damaged. */
export function readRunFiles(directory: string): RunFiles {
  const plan = readPart<Plan>(directory, 'plan.json')
  if (plan === null) {
    throw new HindcastError('run-mismatch', 'this is not a run directory: it has no plan.json', {
      where: { uri: directory },
      advice:
        'Give the directory that `hindcast run` wrote to: the `output.directory` of the job, or what was given with --run.',
    })
  }
  const manifest = readManifest(directory)
  const sealed = manifest?.slices ?? []
  const certificate = readPart<Certificate>(directory, 'certificate.json')
  const report = readPart<Report>(directory, 'report.json')
  return {
    directory,
    plan,
    sealed,
    slices: sealed.flatMap(sliceInspections),
    sealedMs: sealedMs(plan, sealed),
    seams: certificate === null ? [] : seamInspections(certificate),
    runningPid: runningIn(directory),
    report: report !== null && report.version === REPORT_VERSION ? report : null,
    late: readAside(directory, 'late'),
    quarantine: readAside(directory, 'quarantine'),
    problems: [
      ...fileProblems(directory, sealed),
      ...(manifest !== null && manifest.wholeBytes < statSync(manifestPath(directory)).size
        ? [
            'manifest.json ends in the middle of a line: that slice is not sealed, and will be written again when the run goes on',
          ]
        : []),
      ...(report !== null && report.version !== REPORT_VERSION
        ? [
            `report.json is of version ${report.version}, this Hindcast reads ${REPORT_VERSION}: its plots are left out`,
          ]
        : []),
    ],
  }
}

/** A JSON file of the run directory; null where it is not there. */
export function readPart<T>(directory: string, name: string): T | null {
  const path = join(directory, name)
  if (!existsSync(path)) return null
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T
  } catch (thrown) {
    throw wrapError(thrown, 'output-corrupt', `${name} of the run cannot be read`, {
      where: { uri: path },
      advice: 'The run directory is damaged: run into a new directory.',
    })
  }
}

function sliceInspections(slice: ManifestSlice): readonly SliceInspection[] {
  return slice.partitions.map(({ partition, rows, bytes, digest }) => ({
    partition,
    startMs: slice.slice,
    endMs: slice.endMs,
    rows,
    bytes,
    digest,
  }))
}

/** A sealed slice says that no event before its end will be emitted any more. */
function sealedMs(plan: Plan, sealed: readonly ManifestSlice[]): readonly (number | null)[] {
  const samples = plan.job.streams.find(stream => stream.name === plan.job.samples)
  const endMs = sealed.length === 0 ? null : Math.max(...sealed.map(slice => slice.endMs))
  return new Array<number | null>(samples?.partitions ?? 0).fill(endMs)
}

/** Files that the manifest lists and that are gone or have another length. What is in them is for `verify`. */
function fileProblems(directory: string, sealed: readonly ManifestSlice[]): readonly string[] {
  const problems: string[] = []
  for (const { partitions } of sealed) {
    for (const { path, bytes } of partitions) {
      if (path === null) continue
      const found = statSync(join(directory, path), { throwIfNoEntry: false })
      if (found === undefined) problems.push(`${path} is sealed in manifest.json and is gone`)
      else if (found.size !== bytes)
        problems.push(`${path} has ${found.size} bytes, manifest.json says ${bytes}`)
    }
  }
  return problems.length <= PROBLEMS_TOLD
    ? problems
    : [...problems.slice(0, PROBLEMS_TOLD), `… and ${problems.length - PROBLEMS_TOLD} more files`]
}

const PROBLEMS_TOLD = 20
