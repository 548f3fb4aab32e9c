/**
 * `inspect --html`: one page that needs nothing but itself. uPlot, our script and our styles are written into it, so it
 * works offline, from a mail attachment or an artifact store, and asks no network for anything.
 */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import {
  bytesText,
  countedText,
  countText,
  rateText,
  secondsText,
  spanText,
  timeText,
} from '../../core/figures.ts'
import type { RunInspection } from '../outcome.ts'
import type { HtmlValue } from './html.ts'
import { Html, html, jsonBlock, script } from './html.ts'
import type { PlotData } from './plot-data.ts'
import { disorderMsOf, latenessLabel, plotData } from './plot-data.ts'
import type { RunFiles } from './run-files.ts'
import * as section from './sections.ts'

/** The whole page. `run` and `inspection` are of the same directory. */
export function inspectionPage(run: RunFiles, inspection: RunInspection): string {
  const plots = plotData(run)
  const title = `${inspection.job} · Hindcast run`
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${title}</title>
<style>${uplotFile('uPlot.min.css')}</style>
<style>${pageFile('page.css')}</style>
</head>
<body>
${header(run, inspection)}
<main>
${problems(run)}
${sections(run, inspection, plots)}
</main>
<footer>Read from <code>${inspection.directory}</code>. All times are UTC. Plan <code>${inspection.planHash}</code>, digest <code>${inspection.digest}</code>.</footer>
${script('type="application/json" id="plots"', jsonBlock(plots))}
${script('', uplotFile('uPlot.iife.min.js'))}
${script('type="module"', pageFile('plots.js'))}
</body>
</html>
`.text
}

function header(run: RunFiles, inspection: RunInspection): Html {
  const state =
    inspection.state === 'complete'
      ? section.badge('good', 'complete')
      : section.badge('warn', inspection.state)
  const firstMs = inspection.slices[0]?.startMs ?? null
  const lastMs = inspection.slices.at(-1)?.endMs ?? null
  return html`<header>
<p class="eyebrow">Hindcast run</p>
<h1>${inspection.job} ${state} ${seamBadge(inspection)}</h1>
<p class="range">Event time <span class="nowrap">${timeText(firstMs)}</span> to <span class="nowrap">${timeText(lastMs)}</span></p>
<dl class="tiles">
${tile('Samples', countText(inspection.rows), countedText(inspection.partitions, 'partition'))}
${inspection.seconds === null ? html`` : tile('Wall time', secondsText(inspection.seconds), rateText(inspection.rows, inspection.seconds))}
${tile('Late', countText(inspection.late.rows), 'put aside or marked')}
${tile('Quarantined', countText(inspection.quarantined.rows), 'bad rows put aside')}
${run.report === null ? html`` : tile('Peak memory', bytesText(run.report.peakRssBytes), countedText(run.report.lanes, 'lane'))}
${tile('Written', bytesText(inspection.slices.reduce((sum, slice) => sum + slice.bytes, 0)), countedText(inspection.slices.filter(slice => slice.rows > 0).length, 'file'))}
</dl>
</header>`
}

function seamBadge(inspection: RunInspection): Html {
  if (inspection.seams.length === 0) return html``
  return inspection.seams.every(seam => seam.proven)
    ? section.badge('good', 'seam proven')
    : section.badge('bad', 'seam not proven')
}

function tile(label: string, value: HtmlValue, below: string): Html {
  return html`<div class="tile"><dt>${label}</dt><dd>${value}<small>${below}</small></dd></div>`
}

function problems(run: RunFiles): Html {
  if (run.problems.length === 0) return html``
  return html`<section class="card problems" role="alert"><h2>Not as it should be</h2><ul>${run.problems.map(text => html`<li>${text}</li>`)}</ul></section>`
}

function sections(run: RunFiles, inspection: RunInspection, plots: PlotData): readonly Html[] {
  return [
    ...progressSections(run),
    plots.slices === null ? html`` : sliceSection(inspection, plots.slices.slicesPerBar),
    section.seamSection(inspection),
    section.featureSection(inspection),
    plots.lateness === null ? html`` : latenessSection(run, inspection),
    section.asideSection(
      'late',
      'Late',
      html`Events older than the watermark, and events before the seam that only live has. Never dropped: they are in <code>late/</code>.`,
      run.late,
    ),
    section.asideSection(
      'quarantine',
      'Quarantine',
      html`Rows that could not be used, with where and why, in <code>quarantine/</code>.`,
      run.quarantine,
    ),
    section.watermarkSection(run, inspection),
    run.report === null ? html`` : section.stageSection(run.report),
  ]
}

function progressSections(run: RunFiles): readonly Html[] {
  const points = run.report?.progress ?? []
  if (points.length < 2) return []
  return [
    section.plotSection(
      'progress',
      'Event-time progress',
      'half',
      html`How far each watermark had come, by wall time. History is replayed faster than it happened; live follows the log.`,
      section.progressTable(points),
    ),
    section.plotSection(
      'rate',
      'Rows per second',
      'half',
      html`Samples emitted per second of wall time, all partitions together.`,
      section.rateTable(points),
    ),
  ]
}

function sliceSection(inspection: RunInspection, perBar: number): Html {
  const about = html`Sealed slices by their start${perBar > 1 ? `, ${perBar} slices a bar` : ''}.`
  return section.plotSection('slices', 'Samples per slice', 'whole', about, section.sliceTable(inspection))
}

function latenessSection(run: RunFiles, inspection: RunInspection): Html {
  const labels = inspection.lateness.map((_, bucket) => latenessLabel(bucket))
  return section.plotSection(
    'lateness',
    'Lateness of live events',
    'whole',
    html`How far behind the newest event time of its partition each live event came. The job allows <span class="nowrap">${spanText(disorderMsOf(run))}</span>: up to that, events wait in the reorder buffer and leave in order; later ones may be late.`,
    section.latenessTable(inspection, labels),
  )
}

/** A file of uPlot as installed; it contains nothing that could end its `<script>` or `<style>`. */
function uplotFile(name: string): Html {
  const directory = dirname(createRequire(import.meta.url).resolve('uplot'))
  return new Html(readFileSync(join(directory, name), 'utf8'))
}

function pageFile(name: string): Html {
  return new Html(readFileSync(new URL(`./page/${name}`, import.meta.url), 'utf8'))
}
