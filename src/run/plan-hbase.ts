/**
 * The plan of a feature in HBase (C8): its table is asked what it promises to keep, and that is judged against the range
 * that is replayed (C4) before anything runs.
 */

import { HindcastError } from '../errors.ts'
import type { Finding } from '../features/index.ts'
import { cellColumnType, judgeFamilies, onFields, parseRowKey } from '../features/index.ts'
import { openHbase } from '../hbase/index.ts'
import type { FeatureJob, HbaseSource } from '../job/index.ts'
import type { FeaturePlan } from '../plan/index.ts'
import type { FeatureContext } from './plan-feature.ts'

export async function planHbase(
  job: FeatureJob,
  from: HbaseSource,
  context: FeatureContext,
): Promise<FeaturePlan> {
  const keyFields = onFields(job, context.events)
  parseRowKey(from.rowKey, keyFields)
  const cluster = await openHbase(from.access, context.signal)
  try {
    const { families } = await cluster.describe(from.table)
    const wanted = from.columns.map(column => column.family)
    const findings = judgeFamilies({
      table: from.table,
      families,
      wanted,
      fromMs: context.bounds.firstMs,
      nowMs: context.plannedAtMs,
      lagMs: job.lagMs,
      maxAgeMs: job.maxAgeMs ?? null,
    })
    noteFindings(job, from, findings, context)
    return {
      name: job.name,
      job,
      keyFields,
      fields: from.columns.map(({ name, type }) => ({ name, type: cellColumnType(type) })),
      reads: [],
      timeUnits: ['ms'],
      files: [],
      versions: 0,
      newestMs: null,
      pinned: false,
      families: families.filter(family => wanted.includes(family.name)),
      ...(context.allowUnavailable ? { allowUnavailable: true } : {}),
    }
  } finally {
    await cluster.close()
  }
}

/** Raises `feature-table-missing` or `versions-unavailable`; what does not forbid the run becomes notes of the plan. */
function noteFindings(
  job: FeatureJob,
  from: HbaseSource,
  findings: readonly Finding[],
  context: FeatureContext,
): void {
  const where = { feature: job.name, uri: `hbase table ${from.table}` }
  const isMarked = context.allowUnavailable || job.maxUnavailable > 0
  for (const { level, kind, text, advice } of findings) {
    if (kind === 'missing') throw new HindcastError('feature-table-missing', text, { where, advice })
    if (level === 'refuse' && !isMarked) {
      throw new HindcastError('versions-unavailable', `feature ${job.name}: ${text}`, {
        where,
        advice: `${advice} Or have such samples marked \`unavailable\`: --allow-unavailable.`,
      })
    }
    const about = `features.${job.name}`
    context.notes.push({
      level: level === 'info' ? 'info' : 'warning',
      about,
      text: advice === '' ? text : `${text}. ${advice}`,
    })
  }
}
