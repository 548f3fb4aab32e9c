/**
 * The identity of a plan: SHA-256 over its JSON without the hash. Keys keep the order in which the planner writes
 * them, so equal plans have equal text.
 */

import { createHash } from 'node:crypto'
import { HindcastError } from '../errors.ts'
import type { Plan } from './plan.ts'
import { PLAN_VERSION } from './plan.ts'

export function hashPlan(plan: Omit<Plan, 'hash'>): string {
  return createHash('sha256').update(JSON.stringify(plan)).digest('hex')
}

/** Seals a plan with its hash. */
export function sealPlan(plan: Omit<Plan, 'hash'>): Plan {
  return { ...plan, hash: hashPlan(plan) }
}

/** A plan from JSON; refuses other versions and plans that were edited. */
export function parsePlan(text: string, uri: string): Plan {
  const plan = parseObject(text, uri)
  if (plan.version !== PLAN_VERSION) {
    throw invalid(uri, `plan version ${String(plan.version)}, expected ${PLAN_VERSION}`)
  }
  const { hash, ...rest } = plan
  if (hash !== hashPlan(rest))
    throw invalid(uri, 'the plan does not have its own hash: it was edited or cut short')
  return plan
}

function parseObject(text: string, uri: string): Plan {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Plan
  } catch {
    // fall through: the message below is the same for both
  }
  throw invalid(uri, 'not a JSON plan')
}

function invalid(uri: string, message: string): HindcastError {
  return new HindcastError('plan-invalid', message, {
    where: { uri },
    advice: 'Make a new plan: hindcast plan JOB --out FILE.',
  })
}
