import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { Plan } from '../../../../src/plan/index.ts'
import type { HubFigures } from '../../../../src/run/hub.ts'
import { METRICS } from '../../../../src/run/metrics/index.ts'
import type { RunFacts } from '../../../../src/run/metrics/metric-table.ts'
import { MetricTexts } from '../../../../src/run/metrics/metric-texts.ts'

const PLAN = {
  hash: 'ab12',
  job: { name: 'a "job"' },
  totals: { rows: 900 },
  streams: [
    { name: 'clicks', ordinal: 0 },
    { name: 'views', ordinal: 1 },
  ],
} as unknown as Plan

const COUNTS = { records: 10, bytes: 2000, bad: 1, fetchMs: 1500, decodeMs: 250 }
const count = { records: 9, bad: 1 }
const FIGURES: HubFigures = {
  rows: 700,
  watermarks: [
    { partition: 0, ms: 1_500 },
    { partition: 3, ms: -250 },
  ],
  credits: [4, 0],
  hasRoom: false,
  liveSides: [
    {
      positions: [
        { stream: 1, partition: 0, offset: 7, endOffset: 12, count },
        { stream: 1, partition: 1, offset: 9, endOffset: 8, count },
      ],
      counts: { 1: COUNTS },
    },
    { positions: [{ stream: 1, partition: 2, offset: 3, endOffset: null, count }], counts: { 1: COUNTS } },
    null,
  ],
}

function linesOf(text: string): string[] {
  return text.split('\n').filter(line => line.startsWith('hindcast_'))
}

async function rendered(facts: RunFacts | null): Promise<string[]> {
  return linesOf(await new MetricTexts(() => facts).text())
}

describe('metrics of a run', () => {
  const sealed = { slices: 5, late: 2, quarantined: 3 }
  const facts = { plan: PLAN, figures: FIGURES, sealed, spooled: new Map([[1, 4096]]) }

  it('are what lanes and hub have told, over all lanes', async () => {
    expect(await rendered(facts)).toEqual([
      'hindcast_run_info{job="a \\"job\\"",plan="ab12"} 1',
      'hindcast_history_rows_planned 900',
      'hindcast_rows_total 700',
      'hindcast_watermark_seconds{partition="0"} 1.5',
      'hindcast_watermark_seconds{partition="3"} -0.25',
      'hindcast_slices_sealed_total 5',
      'hindcast_late_total 2',
      'hindcast_quarantined_total 3',
      'hindcast_live_position{stream="views",partition="0"} 7',
      'hindcast_live_position{stream="views",partition="1"} 9',
      'hindcast_live_position{stream="views",partition="2"} 3',
      // no lag is known where no read has seen the end, and none is below 0
      'hindcast_live_lag_records{stream="views",partition="0"} 5',
      'hindcast_live_lag_records{stream="views",partition="1"} 0',
      'hindcast_live_records_total{stream="views"} 20',
      'hindcast_live_fetch_bytes_total{stream="views"} 4000',
      'hindcast_live_fetch_seconds_total{stream="views"} 3',
      'hindcast_live_decode_seconds_total{stream="views"} 0.5',
      'hindcast_bad_records_total{stream="views"} 2',
      'hindcast_spool_bytes{stream="views"} 4096',
      'hindcast_lane_credit{lane="0"} 4',
      'hindcast_lane_credit{lane="1"} 0',
      'hindcast_sink_full 1',
    ])
  })

  it('are the same at each scrape, and forget what is gone', async () => {
    let now: RunFacts = facts
    const texts = new MetricTexts(() => now)
    const first = await texts.text()
    expect(linesOf(await texts.text())).toEqual(linesOf(first))
    now = { ...facts, figures: { ...FIGURES, liveSides: [], hasRoom: true } }
    const lines = linesOf(await texts.text())
    expect(lines.filter(line => line.startsWith('hindcast_live'))).toEqual([])
    expect(lines).toContain('hindcast_sink_full 0')
  })

  it('are none before the run has begun; two runs do not meet, and the process tells of itself in both', async () => {
    expect((await rendered(null)).filter(line => line.includes('{'))).toEqual([])
    const [a, b] = [new MetricTexts(() => facts), new MetricTexts(() => null)]
    expect(linesOf(await a.text())).toContain('hindcast_rows_total 700')
    expect(linesOf(await b.text())).not.toContain('hindcast_rows_total 700')
    for (const texts of [a, b]) expect(await texts.text()).toMatch(/^process_resident_memory_bytes \d/m)
    expect(a.contentType).toMatch(/^text\/plain; version=0\.0\.4/)
  })

  it('have names as Prometheus wants them, each once, each in docs/metrics.md', () => {
    const page = readFileSync(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8')
    for (const { name, kind } of METRICS) {
      expect(name.endsWith('_total')).toBe(kind === 'counter')
      expect(page).toContain(`\`${name}\``)
    }
    expect(new Set(METRICS.map(({ name }) => name)).size).toBe(METRICS.length)
    const documented = [...page.matchAll(/`(hindcast_\w+)`/g)].map(([, name]) => name)
    expect(documented.toSorted()).toEqual(METRICS.map(({ name }) => name).toSorted())
  })
})
