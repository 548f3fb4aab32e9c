/** What the values of a live side are, and the schema they have: its columns, and the pin by which a run knows it again. */

import { HindcastError } from '../errors.ts'
import type { StreamJob, ValueFormat } from '../job/index.ts'
import { openedPlace } from '../job/index.ts'
import type { ValueSchema } from '../live/index.ts'
import { valueSchema } from '../live/index.ts'
import { liveWhere } from './live-side.ts'

/** With its secrets: not to be kept. An embedded log holds JSON. */
export function valueFormatOf({ live }: StreamJob): ValueFormat {
  const place = openedPlace(live!.place)
  return place.kind === 'kafka' ? place.value : { kind: 'json' }
}

/** The schema of the values as it is now; null where they do not have one. */
export async function valueSchemaOf(job: StreamJob): Promise<ValueSchema | null> {
  const { place } = job.live!
  return place.kind === 'kafka' ? valueSchema(valueFormatOf(job), { topic: place.topic }) : null
}

/** Raises `file-changed` where the file of the schema is not the one of the plan. A registry's ids never change. */
export async function checkValueSchema(job: StreamJob, pin: string | null): Promise<void> {
  if (pin === null || !pin.startsWith('sha256:')) return
  const now = await valueSchemaOf(job)
  if (now?.pin === pin) return
  throw new HindcastError('file-changed', 'the schema of the values was changed since the plan', {
    where: liveWhere(job),
    advice: 'Make a new plan, or put the schema back as it was.',
  })
}
