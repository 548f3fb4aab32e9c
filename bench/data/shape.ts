/**
 * What the benchmark data looks like: sizes, columns, and where they lie. Everything is a function of the row
 * number and a seed, so that every machine makes the same rows.
 */

import { join } from 'node:path'

export interface DataShape {
  readonly events: number
  readonly files: number
  readonly rowGroupsPerFile: number
  readonly keys: number
  readonly versionsPerKey: number
  readonly seed: number
}

export const FULL: DataShape = {
  events: 5_000_000,
  files: 8,
  rowGroupsPerFile: 6,
  keys: 200_000,
  versionsPerKey: 10,
  seed: 1,
}

/** A tenth of everything, so that ratios stay near those of the full size. */
export const QUICK: DataShape = { ...FULL, events: 500_000, keys: 20_000 }

/** Events span this long from `STARTS_MS` on, versions begin a day earlier. */
export const SPAN_MS = 10 * 86_400_000
export const STARTS_MS = Date.UTC(2024, 0, 1)

/** Columns of an event, in order. */
export const EVENT_COLUMNS = [
  'event_time',
  'user_id',
  'item_id',
  'seller_id',
  'scene',
  'device',
  'price',
  'score',
  'discount',
  'dwell',
  'bid',
  'ctr',
  'position',
  'quantity',
  'flags',
] as const

/** Value columns of a version; its key is `user_id`, its time `known_at`. */
export const VERSION_COLUMNS = ['orders', 'spent', 'trend', 'tier'] as const

/** Columns of a sample as every peer writes them: the event's, the version's values, and the version's time. */
export const SAMPLE_COLUMNS = [...EVENT_COLUMNS, ...VERSION_COLUMNS, 'known_at'] as const

export interface DataPlaces {
  readonly directory: string
  /** Event files in byte order of their names: the index is the file ordinal of C1. */
  readonly events: readonly string[]
  readonly versions: string
}

/** Where the data of a shape lies below the cache directory. */
export function placesOf(cache: string, shape: DataShape): DataPlaces {
  const groups = shape.rowGroupsPerFile === FULL.rowGroupsPerFile ? '' : `-${shape.rowGroupsPerFile}`
  const name = `data-${shape.events}-${shape.keys}x${shape.versionsPerKey}-${shape.seed}${groups}`
  const directory = join(cache, name)
  const events = Array.from({ length: shape.files }, (_, f) => join(directory, 'events', `part-${f}.parquet`))
  return { directory, events, versions: join(directory, 'versions.parquet') }
}
