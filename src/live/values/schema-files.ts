/**
 * Schemas of values in files: .avsc, .proto with what it imports beside it, sets of descriptors. Each with a digest of all
 * the bytes that count, which a plan pins.
 */

import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import type { AvroType } from './avro-schema.ts'
import { parseAvroSchema } from './avro-schema.ts'
import type { AvroFilePlace, ProtobufFilePlace } from './file-readers.ts'
import type { ProtoMessage } from './proto-schema.ts'
import {
  findMessage,
  importsOf,
  isProvided,
  messageOfDescriptors,
  parseProto,
  schemaInvalid,
} from './proto-schema.ts'

/** The type in an .avsc file. */
export async function loadAvro({
  path,
}: AvroFilePlace): Promise<{ readonly type: AvroType; readonly digest: string }> {
  const bytes = await readSchema(path)
  return { type: parseAvroSchema(textOf(bytes), path), digest: digestOf([bytes]) }
}

/** The named message of a .proto file or of a set of descriptors. */
export async function loadProto(
  place: ProtobufFilePlace,
): Promise<{ readonly message: ProtoMessage; readonly digest: string }> {
  const { path, message: name } = place
  const bytes = await readSchema(path)
  if (place.from === 'descriptor')
    return { message: await messageOfDescriptors(bytes, name, path), digest: digestOf([bytes]) }
  const imports = await readImports(path, textOf(bytes))
  const texts = [...imports].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, imported]) => imported)
  return {
    message: findMessage(
      parseProto(textOf(bytes), path, new Map([...imports].map(([key, value]) => [key, textOf(value)]))),
      name,
      path,
    ),
    digest: digestOf([bytes, ...texts]),
  }
}

/** What a .proto file imports, and what that imports: from the folder of the file, by the names in the imports. */
async function readImports(path: string, text: string): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>()
  const waiting = importsOf(text, path)
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (found.has(name) || isProvided(name)) continue
    if (found.size === LIMITS.valueReferencesMax)
      throw schemaInvalid(path, `it imports more than ${LIMITS.valueReferencesMax} files`)
    if (name.startsWith('/') || name.split('/').includes('..'))
      throw schemaInvalid(path, `it imports ${name}, which is not below its folder`)
    const bytes = await readSchema(join(dirname(path), name))
    found.set(name, bytes)
    waiting.push(...importsOf(textOf(bytes), name))
  }
  return found
}

async function readSchema(path: string): Promise<Uint8Array> {
  try {
    const file = await open(path)
    try {
      const { size } = await file.stat()
      if (size <= LIMITS.valueSchemaBytesMax) return await file.readFile()
    } finally {
      await file.close()
    }
  } catch (thrown) {
    throw new HindcastError('file-unreadable', 'a schema of values cannot be read', {
      where: { uri: path },
      cause: thrown,
      advice:
        'Check the path: relative ones are relative to the job file, imports to the file that imports them.',
    })
  }
  throw new HindcastError('limit-passed', `a schema has more than ${LIMITS.valueSchemaBytesMax} bytes`, {
    where: { uri: path },
    advice: 'Name the file of the schema alone.',
  })
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

function digestOf(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${part.length}:`).update(part)
  return hash.digest('hex')
}
