/**
 * Protobuf schemas (.proto text, or a set of descriptors) → messages as data. The text is parsed by protobufjs, of which
 * only the parser and its tree are used: values are read in proto-reader.ts.
 *
 * Presence decides what a missing field is: without presence (proto3 scalars) its default, else null.
 */

import type * as Pb from 'protobufjs'
import protobuf from 'protobufjs'
import type { ColumnType } from '../../core/batch/index.ts'
import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'

/** How a scalar is on the wire. */
export type ProtoScalar =
  | 'double'
  | 'float'
  | 'int32'
  | 'int64'
  | 'uint32'
  | 'uint64'
  | 'sint32'
  | 'sint64'
  | 'fixed32'
  | 'fixed64'
  | 'sfixed32'
  | 'sfixed64'
  | 'bool'
  | 'string'
  | 'bytes'

export type ProtoKind = ProtoScalar | 'enum' | 'message' | 'group'

export interface ProtoField {
  readonly name: string
  readonly number: number
  readonly kind: ProtoKind
  readonly repeated: boolean
  /** Absent is null; else absent is the default. Never of repeated fields. */
  readonly hasPresence: boolean
  readonly required: boolean
  /** Name of the oneof that it is of: of those fields only the last that comes counts; null: none. */
  readonly oneof: string | null
  /** Of a map: the kind of its keys. Its values are of `kind`. */
  readonly mapKey: ProtoScalar | null
  /** Of enums: names of the numbers. */
  readonly names: ReadonlyMap<number, string> | null
  /** Of messages and groups. */
  readonly message: ProtoMessage | null
}

export interface ProtoMessage {
  /** `package.Outer.Inner` */
  readonly name: string
  /** In the order of the schema. Filled after the message is known, since it may hold itself. */
  readonly fields: readonly ProtoField[]
  /** Messages declared in this one, in their order. */
  readonly nested: readonly ProtoMessage[]
}

/** Files that a schema imports, by the name it imports them by. */
export type ProtoImports = ReadonlyMap<string, string>

/** The column types of scalars. */
export const SCALAR_COLUMNS: Readonly<Record<ProtoScalar, ColumnType>> = {
  double: { name: 'float64' },
  float: { name: 'float32' },
  int32: { name: 'int32' },
  int64: { name: 'int64' },
  uint32: { name: 'uint32' },
  uint64: { name: 'uint64' },
  sint32: { name: 'int32' },
  sint64: { name: 'int64' },
  fixed32: { name: 'uint32' },
  fixed64: { name: 'uint64' },
  sfixed32: { name: 'int32' },
  sfixed64: { name: 'int64' },
  bool: { name: 'bool' },
  string: { name: 'utf8' },
  bytes: { name: 'binary' },
}

/** The messages that a .proto file declares itself, in their order. `schema-invalid` where it cannot be read. */
export function parseProto(text: string, where: string, imports: ProtoImports): readonly ProtoMessage[] {
  return guarded(where, () => {
    const root = new protobuf.Root()
    const options: Pb.IParseOptions = { keepCase: true }
    const main = protobuf.parse(text, root, options)
    const own = messagesOf(main.package === undefined ? root : (root.lookup(main.package) as Pb.Namespace))
    addImports(root, main.imports ?? [], imports, where)
    root.resolveAll()
    const known = new Map<Pb.Type, ProtoMessage>()
    return own.map(type => messageOf(type, known))
  })
}

/** The files that a .proto text imports. */
export function importsOf(text: string, where: string): string[] {
  return guarded(where, () => [...(protobuf.parse(text, new protobuf.Root()).imports ?? [])])
}

/** Whether an import needs no file: the common ones are known, and some only declare options. */
export function isProvided(name: string): boolean {
  return protobuf.common.get(name) !== null || ONLY_OPTIONS.test(name)
}

/** The message of this name in a set of descriptors (`protoc --include_imports --descriptor_set_out`). */
export async function messageOfDescriptors(
  bytes: Uint8Array,
  name: string,
  where: string,
): Promise<ProtoMessage> {
  await import('protobufjs/ext/descriptor.js')
  return guarded(where, () => {
    const root = (protobuf.Root as unknown as DescriptorRoot).fromDescriptor(bytes, { keepCase: true })
    root.resolveAll()
    return messageOf(root.lookupType(name), new Map())
  })
}

/** What the descriptor extension adds to `Root`. */
interface DescriptorRoot {
  fromDescriptor(set: Uint8Array, options: { readonly keepCase: boolean }): Pb.Root
}

/** The message of this name among those of a file, or nested in one. `schema-invalid` where there is none. */
export function findMessage(messages: readonly ProtoMessage[], name: string, where: string): ProtoMessage {
  const waiting = [...messages]
  const names: string[] = []
  for (let message = waiting.shift(); message !== undefined; message = waiting.shift()) {
    if (message.name === name || message.name.endsWith(`.${name}`)) return message
    names.push(message.name)
    waiting.push(...message.nested)
  }
  throw schemaInvalid(
    where,
    `it has no message ${name}; there are ${names.slice(0, 20).join(', ') || 'none'}`,
  )
}

/** The type of a field as messages write it: `repeated int32`, `enum`, `message a.B`. */
export function protoTypeText(field: ProtoField): string {
  const value = field.message === null ? field.kind : `message ${field.message.name}`
  if (field.mapKey !== null) return `map of ${field.mapKey} to ${value}`
  return field.repeated ? `repeated ${value}` : value
}

export function schemaInvalid(where: string, reason: string): HindcastError {
  return new HindcastError('schema-invalid', `this Protobuf schema cannot be used: ${reason}`, {
    where: { uri: where },
    advice:
      'Give the file that declares the message, with what it imports beside it, or a set of descriptors.',
  })
}

function guarded<Value>(where: string, work: () => Value): Value {
  try {
    return work()
  } catch (thrown) {
    if (thrown instanceof HindcastError) throw thrown
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    throw schemaInvalid(where, reason.slice(0, 300))
  }
}

/** Adds imported files, and what they import in turn, each once. */
function addImports(root: Pb.Root, names: readonly string[], imports: ProtoImports, where: string): void {
  const waiting = [...names]
  const seen = new Set<string>()
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (seen.has(name)) continue
    seen.add(name)
    if (seen.size > LIMITS.valueReferencesMax)
      throw schemaInvalid(where, `it imports more than ${LIMITS.valueReferencesMax} files`)
    const text = imports.get(name)
    const common = text === undefined ? protobuf.common.get(name) : null
    if (common) root.addJSON(common.nested as Record<string, Pb.AnyNestedObject>)
    else if (text !== undefined) {
      const parsed = protobuf.parse(text, root, { keepCase: true })
      waiting.push(...(parsed.imports ?? []))
    } else if (!ONLY_OPTIONS.test(name))
      throw schemaInvalid(where, `the file ${name} that it imports is not there`)
  }
}

/** Files that only declare options, which values do not have. */
const ONLY_OPTIONS = /^(google\/protobuf\/descriptor|google\/api\/\w+|confluent\/meta)\.proto$/

function messagesOf(namespace: Pb.NamespaceBase): Pb.Type[] {
  return namespace.nestedArray.filter(inner => inner instanceof protobuf.Type)
}

function messageOf(type: Pb.Type, known: Map<Pb.Type, ProtoMessage>): ProtoMessage {
  const found = known.get(type)
  if (found !== undefined) return found
  const fields: ProtoField[] = []
  const nested: ProtoMessage[] = []
  const message: ProtoMessage = { name: type.fullName.replace(/^\./, ''), fields, nested }
  known.set(type, message)
  for (const field of type.fieldsArray) fields.push(fieldOf(field, known))
  for (const inner of messagesOf(type)) nested.push(messageOf(inner, known))
  return message
}

function fieldOf(field: Pb.Field, known: Map<Pb.Type, ProtoMessage>): ProtoField {
  const { resolvedType } = field.resolve()
  const isMap = field instanceof protobuf.MapField
  const isMessage = resolvedType instanceof protobuf.Type
  return {
    name: field.name,
    number: field.id,
    kind: kindOf(field),
    repeated: field.repeated && !isMap,
    // A message always tells whether it is there.
    hasPresence: !isMap && !field.repeated && (isMessage || Boolean(field.hasPresence)),
    required: field.required,
    oneof: field.partOf === null || field.partOf.isProto3Optional ? null : field.partOf.name,
    mapKey: isMap ? (field.keyType as ProtoScalar) : null,
    names: resolvedType instanceof protobuf.Enum ? namesOf(resolvedType) : null,
    message: isMessage ? messageOf(resolvedType, known) : null,
  }
}

function kindOf(field: Pb.Field): ProtoKind {
  if (field.resolvedType instanceof protobuf.Enum) return 'enum'
  if (field.resolvedType !== null) return field.delimited ? 'group' : 'message'
  return field.type as ProtoScalar
}

/** The first name of each number: later ones are aliases. */
function namesOf(type: Pb.Enum): Map<number, string> {
  const names = new Map<number, string>()
  for (const [name, number] of Object.entries(type.values)) if (!names.has(number)) names.set(number, name)
  return names
}
