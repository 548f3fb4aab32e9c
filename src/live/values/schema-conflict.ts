/** What goes wrong when the schema of values meets the columns of a stream: told by name, with both types. */

import type { Field } from '../../core/batch/index.ts'
import { typeText } from '../../core/batch/index.ts'
import { HindcastError } from '../../errors.ts'

/** A field of a writer's schema that the stream's column can never take. `written` is its type in the writer's words. */
export function schemaConflict(where: string, field: Field, written: string): HindcastError {
  return new HindcastError(
    'schema-conflict',
    `the field "${field.name}" is written as ${written}, which a column of type ${typeText(field.type)} cannot hold`,
    {
      where: { uri: where, column: field.name },
      advice: `Give the stream another type for ${field.name} (\`columns:\`), or leave the column out.`,
    },
  )
}

/** A schema that is well formed and that no stream can have, or not this one. */
export function schemaUnusable(where: string, reason: string, column?: string): HindcastError {
  return new HindcastError('schema-conflict', reason, {
    where: { uri: where, ...(column === undefined ? {} : { column }) },
    advice: 'Name the columns of the stream (`columns:`) that its values can fill.',
  })
}
