/** The entry of live/values: what becomes of the values of live records. */
export { type BadValue, createValueDecoder, type DecodedValues, type ValueDecoder } from './value-decoder.ts'
export { type ValueSchema, valueSchema } from './value-schema.ts'
