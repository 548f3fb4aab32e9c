/** The entry of run/metrics. */
export { METRICS } from './metric-table.ts'
export type { MetricsPlace } from './metrics-server.ts'
export { RunMetrics } from './run-metrics.ts'
