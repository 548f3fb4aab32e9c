import { describe, expect, it } from 'vitest'
import { typeText } from '../../../../src/core/batch/index.ts'
import { EventColumns } from '../../../../src/live/values/event-columns.ts'
import { protoColumns, protoPlan } from '../../../../src/live/values/proto-plan.ts'
import { ProtoReader } from '../../../../src/live/values/proto-reader.ts'
import { parseProto } from '../../../../src/live/values/proto-schema.ts'
import { columns, rowsOf } from './records-of.ts'

const IMPORTS = 'import "google/protobuf/timestamp.proto"; import "google/protobuf/wrappers.proto";'

function messageOf(fields: string, syntax = 'proto3') {
  const text = `syntax = "${syntax}"; ${IMPORTS} message E { ${fields} } enum L { A = 0; B = 1; ALIAS = 1; option allow_alias = true; }`
  return parseProto(text, 'e.proto', new Map())[0]!
}

/** The one value of a message with the field `c`, in a column of type `into`; or the reason why none. */
function read(field: string, into: string, bytes: readonly number[], syntax?: string): unknown {
  const event = new EventColumns(columns({ c: into }))
  const plan = protoPlan(messageOf(field, syntax), event, 'e.proto')
  const reason = new ProtoReader(event).push(plan, Uint8Array.from(bytes), 0, bytes.length)
  return reason ?? rowsOf(event.take())[0]![0]
}

const TIMESTAMP = 'google.protobuf.Timestamp c = 1;'

describe('fields', () => {
  it.each<[string, string, string, number[], unknown]>([
    ['missing without presence', 'int32 c = 1;', 'int64', [], 0n],
    ['missing text', 'string c = 1;', 'utf8', [], ''],
    ['missing text that would be a number', 'string c = 1;', 'decimal(9,2)', [], null],
    ['missing with presence', 'optional int32 c = 1;', 'int64', [], null],
    ['missing in a oneof', 'oneof o { int32 c = 1; int32 d = 2; }', 'int64', [16, 1], null],
    ['one of a oneof before another', 'oneof o { int32 c = 1; int32 d = 2; }', 'int64', [8, 5, 16, 1], null],
    ['the last of a oneof', 'oneof o { string c = 1; int32 d = 2; }', 'utf8', [16, 1, 10, 1, 65], 'A'],
    [
      'text of a oneof before another',
      'oneof o { string c = 1; int32 d = 2; }',
      'utf8',
      [10, 1, 65, 16, 1],
      null,
    ],
    [
      'an optional one, of which none is a rival',
      'optional int32 c = 1; optional int32 d = 2;',
      'int64',
      [8, 5, 16, 1],
      5n,
    ],
    ['missing enum', 'L c = 1;', 'utf8', [], 'A'],
    ['missing list', 'repeated int32 c = 1;', 'utf8', [], '[]'],
    ['missing map', 'map<int32, int32> c = 1;', 'utf8', [], '{}'],
    ['missing message', TIMESTAMP, 'timestamp[ms]', [], null],
    ['enum by name, the first of a number', 'L c = 1;', 'utf8', [8, 1], 'B'],
    ['enum without a name', 'L c = 1;', 'utf8', [8, 7], '7'],
    ['enum as a number', 'L c = 1;', 'int32', [8, 7], 7],
    ['the last of several', 'int32 c = 1;', 'int32', [8, 7, 8, 9], 9],
    [
      'a negative int32 in ten bytes',
      'int32 c = 1;',
      'int32',
      [8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
      -1,
    ],
    ['an empty wrapper', 'google.protobuf.Int64Value c = 1;', 'int64', [10, 0], 0n],
    ['a wrapper with more in it', 'google.protobuf.Int64Value c = 1;', 'int32', [10, 4, 16, 1, 8, 5], 5],
    ['a timestamp', TIMESTAMP, 'timestamp[ms]', [10, 6, 8, 1, 16, 192, 132, 61], '1970-01-01T00:00:01.001Z'],
    ['a packed list and single ones', 'repeated sint32 c = 1;', 'utf8', [10, 2, 1, 2, 8, 3], '[-1,1,-2]'],
    ['a group that nobody wants', 'int32 c = 2;', 'int32', [11, 19, 20, 8, 1, 12, 16, 4], 4],
  ])('%s', (_, field, into, bytes, expected) => {
    expect(read(field, into, bytes)).toEqual(expected)
  })

  it.each<[string, string, number[], string, RegExp]>([
    [
      'a required one that is missing',
      'required int32 c = 1;',
      [],
      'proto2',
      /has no field "c", which its schema requires/,
    ],
    ['another wire type', 'int32 c = 1;', [13, 0, 0, 0, 0], 'proto3', /"c" \(1\) has wire type 5, not 0/],
    ['a tag without number', 'int32 c = 1;', [0], 'proto3', /a tag has no field number at byte 0/],
    ['no such wire type', 'int32 c = 1;', [23], 'proto3', /there is no wire type 7/],
    ['a group that ends alone', 'int32 c = 1;', [20], 'proto3', /a group ends that has not begun/],
    ['a group that does not end', 'int32 c = 1;', [19], 'proto3', /ends too early/],
    ['groups in groups', 'int32 c = 1;', Array(100).fill(19), 'proto3', /nested deeper than 64 levels/],
    [
      'a length that lies',
      'string c = 1;',
      [10, 255, 255, 255, 255, 15],
      'proto3',
      /a length passes the end at byte 6/,
    ],
    ['text that is not UTF-8', 'string c = 1;', [10, 1, 255], 'proto3', /column "c" \(utf8\) is not UTF-8/],
    ['a list of other things', 'repeated int32 c = 1;', [13, 0, 0, 0, 0], 'proto3', /has wire type 5/],
    ['a packed list that is cut', 'repeated int32 c = 1;', [10, 1, 128], 'proto3', /ends too early/],
  ])('%s is bad', (_, field, bytes, syntax, reason) => {
    expect(read(field, /string|repeated/.test(field) ? 'utf8' : 'int32', bytes, syntax)).toMatch(reason)
  })

  it.each([
    [[10, 7, 8, 255, 255, 255, 255, 255, 127], /is no instant/],
    [[10, 11, 16, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1], /is no instant: 0 s and -1 ns/],
    [[10, 2, 16, 1], /has digits finer than its unit \(ms\)/],
    [[10, 3, 8, 1], /passes the end/],
    [[10, 1, 8, 1], /a message passes its end/],
  ])('the timestamp %j is none', (bytes, reason) => {
    expect(read(TIMESTAMP, 'timestamp[ms]', bytes)).toMatch(reason)
  })

  it('of messages in messages without end are bad, not a crash', () => {
    let bytes: number[] = []
    for (let depth = 0; depth < 100; depth++) {
      const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7]
      bytes = [10, ...length, ...bytes]
    }
    expect(read('E c = 1;', 'utf8', bytes)).toMatch(/nested deeper than 64 levels/)
  })
})

describe('columns of a message', () => {
  it('are those of its fields', () => {
    const fields = `double a = 1; fixed64 b = 2; L c = 3; ${TIMESTAMP.replace('c = 1', 'd = 4')} repeated bytes e = 5;
      google.protobuf.UInt32Value f = 6; E g = 7; bytes snake_case = 8;`
    const types = protoColumns(messageOf(fields), 'e').map(({ name, type }) => `${name} ${typeText(type)}`)
    expect(types).toEqual([
      'a float64',
      'b uint64',
      'c utf8',
      'd timestamp[ns, UTC]',
      'e utf8',
      'f uint32',
      'g utf8',
      'snake_case binary',
    ])
    expect(() => protoColumns(messageOf('optional group G = 1 {}', 'proto2'), 'e')).toThrow(/it is a group/)
  })

  it.each([
    ['string c = 1;', 'int32', 'string'],
    ['repeated int32 c = 1;', 'int32', 'repeated int32'],
    ['map<string, E> c = 1;', 'binary', 'map of string to message E'],
    [TIMESTAMP, 'int64', 'message google.protobuf.Timestamp'],
    ['L c = 1;', 'bool', 'enum'],
    ['google.protobuf.StringValue c = 1;', 'int64', 'message google.protobuf.StringValue'],
    ['E c = 1;', 'float64', 'message E'],
  ])('%s never goes into %s', (field, into, written) => {
    const message = `the field "c" is written as ${written}, which a column of type ${into} cannot hold`
    expect(() => read(field, into, [])).toThrow(message)
  })
})
