/**
 * One node of the schema, with its logical type, between thrift and data.
 *
 * Invariant: a logical type that we do not know is null, as if the file did not have it (the format says so), and a
 * physical type or repetition that we do not know is an error, as nothing can be read without.
 * Source: apache/parquet-format, `parquet.thrift` (SchemaElement, LogicalType).
 */

import { LIMITS } from '../../limits.ts'
import { corrupt, unsupported } from '../damage.ts'
import type { LogicalType, PhysicalType, Repetition, SchemaElement } from './metadata.ts'
import {
  CONVERTED_TYPES,
  LOGICAL_TYPES,
  numberOf,
  PHYSICAL_TYPES,
  REPETITIONS,
  TIME_UNITS,
} from './thrift-names.ts'
import type { ThriftReader } from './thrift-reader.ts'
import type { ThriftWriter } from './thrift-writer.ts'

/** Reads the fields of a SchemaElement; the tree they form is checked by `leafNodes`. */
export function readSchemaElement(reader: ThriftReader): SchemaElement {
  const element: { -readonly [Member in keyof SchemaElement]: SchemaElement[Member] } = {
    name: '',
    physical: null,
    typeLength: null,
    repetition: null,
    children: 0,
    converted: null,
    scale: null,
    precision: null,
    fieldId: null,
    logical: null,
  }
  let hasName = false
  for (let id = reader.nextField(0); id !== 0; id = reader.nextField(id)) {
    switch (id) {
      case 1:
        element.physical = physicalTypeOf(reader.int32())
        break
      case 2:
        element.typeLength = reader.int32()
        break
      case 3:
        element.repetition = repetitionOf(reader.int32())
        break
      case 4:
        element.name = reader.text()
        hasName = true
        break
      case 5:
        element.children = reader.int32()
        break
      case 6:
        element.converted = CONVERTED_TYPES[reader.int32()] ?? null
        break
      case 7:
        element.scale = reader.int32()
        break
      case 8:
        element.precision = reader.int32()
        break
      case 9:
        element.fieldId = reader.int32()
        break
      case 10:
        element.logical = readLogicalType(reader)
        break
      default:
        reader.skip()
    }
  }
  if (!hasName) throw corrupt('a column of the schema has no name')
  if (element.children < 0) throw corrupt(`group '${element.name}' has ${element.children} children`)
  if (element.physical === 'FIXED_LEN_BYTE_ARRAY') checkTypeLength(element)
  return element
}

/** The physical type of a number in the file. */
export function physicalTypeOf(number: number): PhysicalType {
  const type = PHYSICAL_TYPES[number]
  if (type === undefined) throw unsupported(`physical type ${number} is not known`)
  return type
}

function repetitionOf(number: number): Repetition {
  const repetition = REPETITIONS[number]
  if (repetition === undefined) throw corrupt(`repetition ${number} does not exist`)
  return repetition
}

function checkTypeLength({ name, typeLength }: SchemaElement): void {
  if (typeLength === null || typeLength < 1)
    throw corrupt(`column '${name}' is of fixed length, which is ${typeLength ?? 'missing'}`)
  if (typeLength > LIMITS.parquetPageBytesMax)
    throw corrupt(`values of column '${name}' are ${typeLength} bytes long, more than a page may have`)
}

/** A union: a struct with one field. Several, or none, are read as what comes last that we know. */
function readLogicalType(reader: ThriftReader): LogicalType | null {
  reader.struct()
  let logical: LogicalType | null = null
  for (let id = reader.nextField(0); id !== 0; id = reader.nextField(id)) {
    const name = LOGICAL_TYPES[id]
    switch (name) {
      case null:
      case undefined:
        reader.skip()
        break
      case 'DECIMAL':
        logical = readDecimal(reader)
        break
      case 'TIME':
      case 'TIMESTAMP':
        logical = readTime(reader, name)
        break
      case 'INTEGER':
        logical = readInteger(reader)
        break
      default:
        logical = { name }
        reader.skip()
    }
  }
  return logical
}

function readDecimal(reader: ThriftReader): LogicalType {
  let [scale, precision] = [0, 0]
  reader.struct()
  for (let id = reader.nextField(0); id !== 0; id = reader.nextField(id)) {
    if (id === 1) scale = reader.int32()
    else if (id === 2) precision = reader.int32()
    else reader.skip()
  }
  return { name: 'DECIMAL', precision, scale }
}

/** A unit that is not known makes the type one that is not known. */
function readTime(reader: ThriftReader, name: 'TIME' | 'TIMESTAMP'): LogicalType | null {
  let utc = false
  let unit: 'ms' | 'us' | 'ns' | null = null
  reader.struct()
  for (let id = reader.nextField(0); id !== 0; id = reader.nextField(id)) {
    if (id === 1) utc = reader.bool()
    else if (id === 2) {
      reader.struct()
      for (let member = reader.nextField(0); member !== 0; member = reader.nextField(member)) {
        unit = TIME_UNITS[member] ?? null
        reader.skip()
      }
    } else reader.skip()
  }
  return unit === null ? null : { name, unit, utc }
}

function readInteger(reader: ThriftReader): LogicalType {
  let bitWidth = 0
  let signed = true
  reader.struct()
  for (let id = reader.nextField(0); id !== 0; id = reader.nextField(id)) {
    if (id === 1) bitWidth = reader.int32()
    else if (id === 2) signed = reader.bool()
    else reader.skip()
  }
  return { name: 'INTEGER', bitWidth, signed }
}

/** Writes a SchemaElement; the number of children is left out of a leaf, as the format has it. */
export function writeSchemaElement(writer: ThriftWriter, element: SchemaElement): void {
  writer.beginStruct()
  if (element.physical !== null) writer.fieldI32(1, numberOf(PHYSICAL_TYPES, element.physical))
  if (element.typeLength !== null) writer.fieldI32(2, element.typeLength)
  if (element.repetition !== null) writer.fieldI32(3, numberOf(REPETITIONS, element.repetition))
  writer.fieldText(4, element.name)
  if (element.physical === null) writer.fieldI32(5, element.children)
  if (element.converted !== null) writer.fieldI32(6, numberOf(CONVERTED_TYPES, element.converted))
  if (element.scale !== null) writer.fieldI32(7, element.scale)
  if (element.precision !== null) writer.fieldI32(8, element.precision)
  if (element.fieldId !== null) writer.fieldI32(9, element.fieldId)
  if (element.logical !== null) writeLogicalType(writer, element.logical)
  writer.endStruct()
}

function writeLogicalType(writer: ThriftWriter, logical: LogicalType): void {
  writer.fieldStruct(10)
  writer.fieldStruct(numberOf(LOGICAL_TYPES, logical.name))
  switch (logical.name) {
    case 'DECIMAL':
      writer.fieldI32(1, logical.scale)
      writer.fieldI32(2, logical.precision)
      break
    case 'TIME':
    case 'TIMESTAMP':
      writer.fieldBool(1, logical.utc)
      writer.fieldStruct(2)
      writer.fieldStruct(numberOf(TIME_UNITS, logical.unit))
      writer.endStruct()
      writer.endStruct()
      break
    case 'INTEGER':
      writer.fieldI8(1, logical.bitWidth)
      writer.fieldBool(2, logical.signed)
      break
  }
  writer.endStruct()
  writer.endStruct()
}
