/**
 * The metrics of one run in the form that Prometheus reads, through `prom-client`; the process's own beside them.
 *
 * A run has a registry of its own, so several in one process do not meet. What Node tells of itself belongs to the
 * process, and its observers cannot be taken away again: they are made once, when the first run asks for metrics.
 */

import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client'
import { METRICS, type Metric, type RunFacts } from './metric-table.ts'

let ofProcess: Registry | null = null

export class MetricTexts {
  readonly contentType: string
  readonly #registry = new Registry()
  readonly #facts: () => RunFacts | null

  /** `facts` is asked at each scrape; null: the run has not begun. */
  constructor(facts: () => RunFacts | null) {
    this.#facts = facts
    this.contentType = this.#registry.contentType
    for (const metric of METRICS) this.#register(metric)
    if (ofProcess === null) {
      ofProcess = new Registry()
      collectDefaultMetrics({ register: ofProcess })
    }
  }

  async text(): Promise<string> {
    const texts = [await this.#registry.metrics(), await ofProcess!.metrics()]
    return texts.map(text => `${text.trimEnd()}\n`).join('\n')
  }

  #register({ name, help, kind, labels, read }: Metric): void {
    const samples = () => {
      const facts = this.#facts()
      return facts === null ? [] : read(facts)
    }
    const form = { name, help, labelNames: [...labels], registers: [this.#registry] }
    if (kind === 'counter') {
      const counter: Counter = new Counter({
        ...form,
        collect: () => {
          counter.reset()
          for (const sample of samples()) counter.inc(sample.labels, sample.value)
        },
      })
    } else {
      const gauge: Gauge = new Gauge({
        ...form,
        collect: () => {
          gauge.reset()
          for (const sample of samples()) gauge.set(sample.labels, sample.value)
        },
      })
    }
  }
}
