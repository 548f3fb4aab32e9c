/**
 * Version honesty before any work (C4): what the families of a table keep, against what a replay needs of them. No I/O.
 *
 *     … ──────┬────────────┬──────────────┬─────────────┬──── time
 *          from − lag     from           until         now
 *           − maxAge     ◄─── replayed ───►
 *     needed: [─────────────────────────────
 *     kept:           [ now − TTL ─────────────────────       and of each cell the newest VERSIONS
 */

import { isoOfMs } from '../../core/time.ts'
import type { FamilySettings } from '../../hbase/index.ts'
import { LIMITS } from '../../limits.ts'

export interface Finding {
  /** `refuse`: lookups are likely to be untellable; `warn`: some can be, or are wrong in a way that none can see. */
  readonly level: 'refuse' | 'warn' | 'info'
  /** What it is about; `missing`: nothing can be read. */
  readonly kind: 'missing' | 'kept'
  readonly family: string
  readonly text: string
  readonly advice: string
}

export interface JudgeQuestion {
  readonly table: string
  /** Those of the table. */
  readonly families: readonly FamilySettings[]
  /** Families that the feature reads. */
  readonly wanted: readonly string[]
  /** Event times that are looked up, ms; null: not known, or live only. */
  readonly fromMs: number | null
  readonly nowMs: number
  readonly lagMs: number
  /** Null: versions never expire. */
  readonly maxAgeMs: number | null
}

/** What HBase says for "all". */
export const VERSIONS_UNBOUNDED = 2 ** 31 - 1
/** With so many or fewer, a feature that is written every day is lost within the week. */
const VERSIONS_FEW = 5
const DAY_MS = 86_400_000

/** What speaks against the replay, the worst first; of each family that is read. */
export function judgeFamilies(question: JudgeQuestion): Finding[] {
  const findings = [...new Set(question.wanted)].flatMap(name => {
    const family = question.families.find(each => each.name === name)
    return family === undefined ? [missing(question, name)] : judgeFamily(question, family)
  })
  const rank = { refuse: 0, warn: 1, info: 2 }
  return findings.sort((a, b) => rank[a.level] - rank[b.level])
}

function judgeFamily(question: JudgeQuestion, family: FamilySettings): Finding[] {
  const findings = [
    judgeVersions(question, family),
    judgeTtl(question, family),
    judgeDeletes(question, family),
  ]
  return findings.filter(finding => finding !== null)
}

function missing({ table, families }: JudgeQuestion, name: string): Finding {
  const names = families.map(family => family.name).join(', ')
  return {
    level: 'refuse',
    kind: 'missing',
    family: name,
    text: `table ${table} has no family ${name}`,
    advice: `Its families are: ${names}. Correct \`cell\` of the columns.`,
  }
}

function judgeVersions({ table }: JudgeQuestion, { name, versions }: FamilySettings): Finding | null {
  const alter = `alter '${table}', {NAME => '${name}', VERSIONS => ${Math.max(100, 10 * versions)}}`
  if (versions <= 1) {
    return {
      level: 'refuse',
      kind: 'kept',
      family: name,
      text: `family ${name} keeps one version of a cell (VERSIONS => ${versions}), so what was true earlier is lost with each write`,
      advice: `Keep more from now on (hbase shell: ${alter}); what is lost does not come back.`,
    }
  }
  if (versions >= VERSIONS_UNBOUNDED) return null
  const few = versions <= VERSIONS_FEW
  return {
    level: few ? 'warn' : 'info',
    kind: 'kept',
    family: name,
    text: `family ${name} keeps ${versions} versions of a cell: where one was written more often since, lookups before the oldest that is left are unavailable`,
    advice: few ? `Keep more (hbase shell: ${alter}), or start later.` : '',
  }
}

function judgeTtl(question: JudgeQuestion, { name, ttlMs, versionsMin }: FamilySettings): Finding | null {
  const { fromMs, nowMs, lagMs, maxAgeMs } = question
  if (ttlMs === null) return null
  const keptFrom = nowMs + LIMITS.hbaseClockMs - ttlMs
  const start = fromMs === null ? nowMs - lagMs : fromMs - lagMs
  const least = versionsMin > 0 ? ` (but for the newest ${versionsMin} of a cell)` : ''
  const rule = `family ${name} deletes what is older than ${daysText(ttlMs)} (TTL)${least}`
  const alter = `Raise TTL of the family, or start after ${isoOfMs(keptFrom + lagMs)}.`
  if (keptFrom > start) {
    const text = `${rule}, so versions from before ${isoOfMs(keptFrom)} are lost; the replay needs those of ${isoOfMs(start)}`
    return { level: 'refuse', kind: 'kept', family: name, text, advice: alter }
  }
  if (maxAgeMs === null) {
    const text = `${rule}: a key or column without a version since ${isoOfMs(keptFrom)} is unavailable, as an older one can have been lost`
    const advice = `Set \`maxAge\` of the feature to at most ${daysText(start - keptFrom)}, or raise TTL.`
    return { level: 'warn', kind: 'kept', family: name, text, advice }
  }
  if (keptFrom <= start - maxAgeMs) return null
  const text = `${rule}, so versions from before ${isoOfMs(keptFrom)} are lost; with maxAge those since ${isoOfMs(start - maxAgeMs)} count`
  const advice = `${alter.slice(0, -1)}, or set \`maxAge\` to at most ${daysText(start - keptFrom)}.`
  return { level: 'refuse', kind: 'kept', family: name, text, advice }
}

function judgeDeletes({ table }: JudgeQuestion, { name, keepDeleted }: FamilySettings): Finding | null {
  if (keepDeleted !== 'false') return null
  return {
    level: 'warn',
    kind: 'kept',
    family: name,
    text: `family ${name} does not keep what was deleted (KEEP_DELETED_CELLS => FALSE): a delete hides the past too, and lookups before it are absent`,
    advice: `If cells are deleted: alter '${table}', {NAME => '${name}', KEEP_DELETED_CELLS => TRUE}.`,
  }
}

/** Down to minutes: a bound that is to be copied must not be rounded up. */
function daysText(ms: number): string {
  if (ms % DAY_MS === 0) return `${ms / DAY_MS}d`
  const minutes = Math.floor(ms / 60_000)
  if (minutes === 0) return `${Math.floor(ms / 1000)}s`
  return minutes % 60 === 0 ? `${minutes / 60}h` : `${minutes}m`
}
