/** The exact types of a sample file's columns, kept in its metadata: Parquet has no seconds, for one. */

import type { Schema } from '../core/batch/index.ts'
import { typeText } from '../core/batch/index.ts'

/** Key of the file metadata under which `schemaText` is kept. */
export const SCHEMA_KEY = 'hindcast.schema'

/** A schema as one line of JSON: `[["user","int64"], …]`. */
export function schemaText(schema: Schema): string {
  return JSON.stringify(schema.map(field => [field.name, typeText(field.type)]))
}
