/** The metrics of one run: served from before it begins until it has ended, whatever its end. */

import type { Plan } from '../../plan/index.ts'
import type { Hub } from '../hub.ts'
import type { LiveSpools } from '../live-spool.ts'
import type { ManifestSlice } from '../manifest.ts'
import type { RunFacts, SealedCounts } from './metric-table.ts'
import { type MetricsPlace, serveMetrics } from './metrics-server.ts'

export class RunMetrics {
  #run: { readonly plan: Plan; readonly hub: Hub; readonly spools: LiveSpools } | null = null
  #sealed: SealedCounts = { slices: 0, late: 0, quarantined: 0 }
  #server: { close(): Promise<void> } | null = null

  private constructor() {}

  /** Listens; raises `argument-invalid` where that cannot be. The client library is loaded here. */
  static async open(place: MetricsPlace): Promise<RunMetrics> {
    const { MetricTexts } = await import('./metric-texts.ts')
    const metrics = new RunMetrics()
    metrics.#server = await serveMetrics(place, new MetricTexts(() => metrics.#facts()))
    return metrics
  }

  /** Tells of this run from now on. */
  follow(plan: Plan, hub: Hub, spools: LiveSpools): void {
    this.#run = { plan, hub, spools }
  }

  /** Slices as they become visible. */
  committed(slices: readonly ManifestSlice[]): void {
    let { late, quarantined } = this.#sealed
    for (const { partitions } of slices) {
      for (const part of partitions) {
        late += part.late
        quarantined += part.quarantined
      }
    }
    this.#sealed = { slices: this.#sealed.slices + slices.length, late, quarantined }
  }

  close(): Promise<void> {
    return this.#server?.close() ?? Promise.resolve()
  }

  #facts(): RunFacts | null {
    if (this.#run === null) return null
    const { plan, hub, spools } = this.#run
    return { plan, figures: hub.figures, sealed: this.#sealed, spooled: spools.bytes }
  }
}
