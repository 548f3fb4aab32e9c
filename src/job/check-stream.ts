/**
 * What the parts of a stream mean together: each rule adds a problem that names the key to change.
 */

import { typeText } from '../core/batch/index.ts'
import type { StreamJob } from './job.ts'
import { nearest } from './nearest.ts'
import type { JobPath, ProblemList } from './problem.ts'
import type { StreamInput } from './schema-stream.ts'

/** `input` is needed only to tell what was given from what is a default. */
export function checkStream(stream: StreamJob, input: StreamInput, path: JobPath, list: ProblemList): void {
  checkSides(stream, path, list)
  checkSeam(stream, path, list)
  checkKey(stream, input, path, list)
  checkOrder(stream, path, list)
  checkDeclared(stream, path, list)
  checkTimeType(stream, path, list)
}

function checkSides(stream: StreamJob, path: JobPath, list: ProblemList): void {
  const { history, live, seam } = stream
  if (history === undefined && live === undefined) {
    list.add(
      path,
      'has neither `history` nor `live`',
      'Add history: { files: … }, or live: { log: … }, or both.',
    )
  }
  if (live?.spool === true && live.place.kind === 'kafka' && history === undefined) {
    list.add(
      [...path, 'live', 'spool'],
      'has no effect: there is no history that the topic would have to outlast',
      'Leave it out.',
    )
  }
  if (seam !== undefined && (history === undefined || live === undefined)) {
    const missing = history === undefined ? 'history' : 'live'
    list.add(
      [...path, 'seam'],
      `a seam needs both sides, and \`${missing}\` is missing`,
      `Add \`${missing}\`, or leave \`seam\` out.`,
    )
  }
  if (seam === undefined && history !== undefined && live !== undefined) {
    const advice = 'Add seam: { by: time, at: … }, or seam: { by: offset } where the files carry offsets.'
    list.add(path, 'has `history` and `live` but no `seam`, so nothing says where one ends', advice)
  }
}

function checkSeam(stream: StreamJob, path: JobPath, list: ProblemList): void {
  const { live, seam } = stream
  if (seam?.by !== 'time') return
  if (live?.stop.kind === 'instant' && live.stop.atMs <= seam.atMs) {
    list.addExpected([...path, 'live', 'stop'], 'an instant after seam.at', 'Live is read from the seam on.')
  }
  if (seam.scanFrom === undefined || seam.scanFrom === 'earliest') return
  for (const [partition, offset] of Object.entries(seam.scanFrom)) {
    const at = [...path, 'seam', 'scanFrom', partition]
    if (!/^\d+$/.test(partition) || Number(partition) >= stream.partitions) {
      list.add(
        at,
        `there is no partition ${partition}; the stream has ${stream.partitions} (0 to ${stream.partitions - 1})`,
      )
    } else if (!Number.isSafeInteger(offset)) {
      list.addExpected(at, 'an offset below 2^53')
    }
  }
}

function checkKey(stream: StreamJob, input: StreamInput, path: JobPath, list: ProblemList): void {
  if (stream.partitioner === 'column') {
    if (stream.key.length !== 1)
      list.addExpected(
        [...path, 'key'],
        'one column, as partitioner: column takes its value as the partition',
      )
    if (input.keyEncoding !== undefined)
      list.add([...path, 'keyEncoding'], 'has no effect with partitioner: column', 'Leave it out.')
    return
  }
  if (stream.keyEncoding !== 'int32' && stream.keyEncoding !== 'int64') return
  if (stream.key.length !== 1) {
    list.addExpected([...path, 'key'], `one column, as keyEncoding: ${stream.keyEncoding} writes one number`)
    return
  }
  const type = declaredType(stream, stream.key[0]!)
  const fits = stream.keyEncoding === 'int32' ? INT32_KEYS : INT64_KEYS
  if (type !== null && !fits.has(type)) {
    const text = `the key column "${stream.key[0]}" is ${type}, which keyEncoding: ${stream.keyEncoding} cannot write`
    list.add([...path, 'keyEncoding'], text, `It writes ${[...fits].join(', ')}.`)
  }
}

const INT32_KEYS: ReadonlySet<string> = new Set(['int8', 'int16', 'int32', 'uint8', 'uint16'])
const INT64_KEYS: ReadonlySet<string> = new Set([...INT32_KEYS, 'uint32', 'int64'])

/** C1: `order: offset` replays a partition as the topic delivered it, so nothing else may decide the order. */
function checkOrder(stream: StreamJob, path: JobPath, list: ProblemList): void {
  if (stream.order !== 'offset') return
  const because = 'as order: offset replays what the topic delivered'
  if (stream.tieBreak.length > 0)
    list.add([...path, 'tieBreak'], `has no effect with order: offset`, 'Leave it out.')
  if (stream.seam?.by === 'time')
    list.addExpected([...path, 'seam', 'by'], `offset, ${because}`, 'Say seam: { by: offset }.')
}

/** A stream without files knows only the columns that the job declares. */
function checkDeclared(stream: StreamJob, path: JobPath, list: ProblemList): void {
  if (stream.history !== undefined || stream.live === undefined) return
  if (stream.columns.length === 0) {
    // a schema of the values tells
    if (stream.live.place.kind === 'kafka' && stream.live.place.value.kind !== 'json') return
    const example = `columns: { ${stream.time.column}: int64, ${stream.key[0] ?? 'key'}: utf8 }`
    list.add(
      path,
      'has no history, so `columns` must say which columns its records have',
      `Add ${example}, with all columns to be read.`,
    )
    return
  }
  const check = (column: string, at: JobPath): void => addUndeclared(stream, column, at, list)
  check(stream.time.column, [...path, 'time', 'column'])
  stream.key.forEach((column, i) => {
    check(column, [...path, 'key', i])
  })
  stream.identity.forEach((column, i) => {
    check(column, [...path, 'identity', i])
  })
  stream.tieBreak.forEach((column, i) => {
    check(column, [...path, 'tieBreak', i])
  })
}

/** Adds a problem if a stream that knows all its columns from the job does not have this one. */
export function addUndeclared(stream: StreamJob, column: string, at: JobPath, list: ProblemList): void {
  if (stream.history !== undefined || stream.columns.length === 0) return
  const names = stream.columns.map(declared => declared.name)
  if (names.includes(column)) return
  const meant = nearest(column, names)
  const advice =
    meant === null ? `Declared are ${names.slice(0, 12).join(', ')}.` : `Did you mean "${meant}"?`
  list.add(at, `the column "${column}" is not among the \`columns\` of stream ${stream.name}`, advice)
}

const NUMBERS: ReadonlySet<string> = new Set([
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'float32',
  'float64',
])

/** Numbers need a unit, and what carries its own unit must not have one; only where the job declares the type. */
function checkTimeType(stream: StreamJob, path: JobPath, list: ProblemList): void {
  const type = declaredType(stream, stream.time.column)
  if (type === null) return
  const at = [...path, 'time', 'unit']
  const carriesUnit = type.startsWith('timestamp') || type === 'date'
  if (NUMBERS.has(type)) {
    if (stream.time.unit === undefined) {
      list.add(
        at,
        `missing; "${stream.time.column}" is ${type}, expected one of s, ms, us, ns`,
        'Say what one unit of the number is.',
      )
    }
  } else if (!carriesUnit) {
    const text = `the time column "${stream.time.column}" is declared ${type}, expected a number, date or timestamp`
    list.add(
      [...path, 'time', 'column'],
      text,
      `Declare it as timestamp[ms, UTC] under \`columns\`, for example.`,
    )
  } else if (stream.time.unit !== undefined) {
    list.add(at, `"${stream.time.column}" is ${type}, which carries its own unit`, 'Leave `unit` out.')
  }
}

function declaredType(stream: StreamJob, column: string): string | null {
  const declared = stream.columns.find(candidate => candidate.name === column)
  return declared === undefined ? null : typeText(declared.type)
}
