/**
 * Writes versions into an embedded store, here or in a process of its own (LMDB opens a store once in a process).
 */

import { execFileSync } from 'node:child_process'
import type { KeyBatch } from '../../../../src/core/asof/index.ts'
import { encodeKeys, keyConversion } from '../../../../src/core/asof/index.ts'
import type { ColumnType } from '../../../../src/core/batch/index.ts'
import { writeVersions } from '../../../../src/features/embedded/block-writer.ts'
import { partsOf } from '../../../../src/features/embedded/load.ts'
import { RowFormat } from '../../../../src/features/embedded/row-format.ts'
import type { TableMeta } from '../../../../src/features/embedded/store-directory.ts'
import { StoreDirectory } from '../../../../src/features/embedded/store-directory.ts'
import { columnOf } from '../../../property/asof-twin.ts'

const TEXT: ColumnType = { name: 'utf8' }
/** A table of text keys with an int32 and a float64. */
export const META: TableMeta = {
  name: 't',
  keyFields: [{ name: 'k', type: TEXT }],
  fields: [
    { name: 'v', type: { name: 'int32' } },
    { name: 'w', type: { name: 'float64' } },
  ],
  timeline: 'ms',
  available: false,
  versions: 0,
  newest: null,
  fileNext: 0,
}

export function keysOf(...texts: (string | null)[]): KeyBatch {
  return encodeKeys(
    [{ column: columnOf(TEXT, texts), type: TEXT, conversion: keyConversion(TEXT, TEXT)! }],
    texts.length,
  )
}

/** Writes versions of one key, with v = time, as a file of their own. */
export async function writeVersionsOf(
  directory: string,
  key: string,
  times: readonly number[],
  file = 0,
): Promise<void> {
  const store = StoreDirectory.openToWrite(directory, false)
  const chunk = {
    rows: times.length,
    time: Float64Array.from(times),
    sub: null,
    available: null,
    availableSub: null,
    deleted: null,
    columns: META.fields.map(field => columnOf(field.type, times)),
  }
  store.transaction(() => {
    store.putTable(META)
    const written = {
      chunk,
      keys: keysOf(...times.map(() => key)),
      file,
      fileRow: Float64Array.from(times, (_, i) => i),
    }
    writeVersions([written], {
      database: store.versions('t'),
      format: new RowFormat(META.fields, partsOf(META)),
      uri: directory,
    })
  })
  await store.close()
}

/** The same in a child process, which has ended when this returns. */
export function writeInChild(directory: string, key: string, times: readonly number[], file: number): void {
  const call = `writeVersionsOf(${JSON.stringify(directory)}, ${JSON.stringify(key)}, ${JSON.stringify(times)}, ${file})`
  const script = `const { writeVersionsOf } = await import(${JSON.stringify(import.meta.url)}); await ${call}`
  execFileSync(process.execPath, ['--input-type=module', '--eval', script], { stdio: 'inherit' })
}
