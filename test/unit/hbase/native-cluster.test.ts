import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HindcastError } from '../../../src/errors.ts'
import { type HbaseCluster, openNativeHbase, type VersionsQuery } from '../../../src/hbase/index.ts'
import { ProtoWriter } from '../../../src/hbase/proto-bytes.ts'
import { LIMITS } from '../../../src/limits.ts'
import { cases } from '../../property/cases.ts'
import {
  type Asked,
  type Behaviour,
  cellBytes,
  framed,
  HostileCluster,
  readMulti,
  readScan,
  replyBytes,
  type TestCell,
} from './hostile-cluster.ts'

const NOT_SERVING = { className: 'org.apache.hadoop.hbase.NotServingRegionException', text: 'gone' }
const BOUNDS = { callMs: 400, totalMs: 3000 }

let server: HostileCluster
let cluster: HbaseCluster

beforeEach(async () => {
  server = await HostileCluster.start()
  cluster = await openNativeHbase({ masters: [server.address], ...BOUNDS })
})

afterEach(async () => {
  await cluster.close()
  await server[Symbol.asyncDispose]()
})

function cell(row: string, time = 1, value = `${row}${time}`): TestCell {
  return { row, family: 'f', qualifier: 'a', time, value }
}

function keysOf(rows: readonly string[]) {
  const offsets = new Int32Array(rows.length + 1)
  rows.forEach((row, i) => {
    offsets[i + 1] = offsets[i]! + Buffer.byteLength(row)
  })
  return { rows: rows.length, offsets, bytes: Buffer.from(rows.join('')) }
}

const SHAPE = {
  table: 't',
  columns: [{ family: 'f', qualifier: 'a' }],
  untilMs: 100,
  versionsMax: 9,
  raw: false,
}
const WHOLE = { startKey: new Uint8Array(0), endKey: new Uint8Array(0) }

/** Values of each row; a failed read is never an empty row. */
async function read(rows: readonly string[], more: Partial<VersionsQuery> = {}): Promise<string[][]> {
  const cells = await cluster.versions({ ...SHAPE, rows: keysOf(rows), ...more })
  return rows.map((_, r) =>
    Array.from({ length: cells.start[r + 1]! - cells.start[r]! }, (_, i) => {
      const c = cells.start[r]! + i
      return Buffer.from(cells.bytes.subarray(cells.valueFrom[c]!, cells.valueTo[c]!)).toString()
    }),
  )
}

async function scanned(): Promise<string[]> {
  const rows: string[] = []
  for await (const { keys } of cluster.scan({ ...SHAPE, ...WHOLE })) {
    for (let r = 0; r < keys.rows; r++)
      rows.push(Buffer.from(keys.bytes.subarray(keys.offsets[r]!, keys.offsets[r + 1]!)).toString())
  }
  return rows
}

/** Does this the first `times` that it is asked for a method. */
function firstOf(method: string, times: number, behave: (asked: Asked) => Behaviour | undefined) {
  let left = times
  return (asked: Asked) => (asked.method === method && left-- > 0 ? behave(asked) : undefined)
}

describe('reads of rows', () => {
  beforeEach(() => {
    server.cells = [cell('a', 2), cell('a', 1), cell('c', 5), cell('x', 7)]
    server.splits = ['', 'm']
  })

  const RIGHT = [['x7'], [], ['a2', 'a1'], ['c5']]
  const ROWS = ['x', 'b', 'a', 'c']

  it('come in the order of the query, from several regions in one call', async () => {
    expect(await read(ROWS)).toEqual(RIGHT)
    expect(server.asked.filter(each => each.method === 'Multi')).toHaveLength(1)
    expect(await read([])).toEqual([])
  })

  it('ask again alone for rows that a reply leaves out', async () => {
    const isOf = (row: string) => row === 'a' || row === 'b'
    server.behave = firstOf('Multi', 2, ({ parameter }) => server.multi(parameter, isOf))
    expect(await read(ROWS)).toEqual(RIGHT)
    const calls = server.asked.filter(each => each.method === 'Multi')
    const rows = calls.map(({ parameter }) =>
      readMulti(parameter).flatMap(({ actions }) => actions.map(({ row }) => row)),
    )
    expect(rows).toEqual([
      ['a', 'b', 'c', 'x'],
      ['a', 'b'],
      ['a', 'b'],
    ])
    expect(cluster.counters.retries).toBe(2)
  })

  it('look up the region again where a server no longer has it', async () => {
    const metaScans = () => server.asked.filter(each => each.method === 'Scan').length
    await read(ROWS)
    const before = metaScans()
    server.behave = firstOf('Multi', 1, () => ({ exception: NOT_SERVING }))
    expect(await read(ROWS)).toEqual(RIGHT)
    expect(metaScans()).toBe(before + 1)
  })

  it.each<[string, () => Behaviour]>([
    ['is frozen', () => 'silent'],
    ['closes the connection', () => 'close'],
    [
      'has too much to do',
      () => ({ exception: { className: 'org.apache.hadoop.hbase.CallQueueTooBigException' } }),
    ],
    [
      'is just starting',
      () => ({ exception: { className: 'org.apache.hadoop.hbase.ipc.ServerNotRunningYetException' } }),
    ],
    [
      'names a place that the cluster does not',
      () => ({
        exception: {
          className: 'x.RegionMovedException',
          text: 'Region moved to: hostname=192.0.2.1 port=9 startCode=1.',
        },
      }),
    ],
  ])('go on when a server %s', async (_, behave) => {
    server.behave = firstOf('Multi', 1, behave)
    expect(await read(ROWS)).toEqual(RIGHT)
  })

  it.each<[string, () => Behaviour]>([
    ['is frozen for good', () => 'silent'],
    ['has lost the region for good', () => ({ exception: NOT_SERVING })],
    ['answers no row', () => ({ message: Buffer.alloc(0), cells: Buffer.alloc(0) })],
  ])('fail as `store-failed` in time, and give no empty rows, where a server %s', async (_, behave) => {
    server.behave = asked => (asked.method === 'Multi' ? behave() : undefined)
    const from = performance.now()
    await expect(read(ROWS)).rejects.toMatchObject({ code: 'store-failed' })
    expect(performance.now() - from).toBeLessThan(BOUNDS.totalMs + BOUNDS.callMs + 500)
  })

  it.each([
    ['org.apache.hadoop.hbase.regionserver.NoSuchColumnFamilyException', 'feature-table-missing'],
    ['org.apache.hadoop.hbase.TableNotFoundException', 'feature-table-missing'],
    ['org.apache.hadoop.hbase.security.AccessDeniedException', 'access-denied'],
    ['org.apache.hadoop.hbase.DoNotRetryIOException', 'store-refused'],
  ])('fail at once for %s', async (className, code) => {
    server.behave = asked => (asked.method === 'Multi' ? { exception: { className, text: 'no' } } : undefined)
    await expect(read(ROWS)).rejects.toMatchObject({ code })
    expect(cluster.counters.retries).toBe(0)
  })

  it('take what an unknown exception says of another try', async () => {
    const exception = { className: 'my.OwnException', text: 'odd', doNotRetry: true }
    server.behave = asked => (asked.method === 'Multi' ? { exception } : undefined)
    await expect(read(ROWS)).rejects.toMatchObject({ code: 'store-refused' })
  })

  it('ask for less where a reply is too long, and tell a row that is too long', async () => {
    const size = Buffer.alloc(4)
    const tooLong = ({ callId }: Asked) => {
      const head = new Uint8Array([2, 8, callId])
      size.writeUInt32BE(LIMITS.hbaseReplyBytesMax + 1)
      return Buffer.concat([size, head, Buffer.alloc(LIMITS.hbaseReplyBytesMax + 1 - head.length)])
    }
    let longest = 0
    server.behave = asked => {
      if (asked.method !== 'Multi') return undefined
      const rows = readMulti(asked.parameter).reduce((sum, { actions }) => sum + actions.length, 0)
      if (rows <= 2) longest = Math.max(longest, rows)
      return rows > 2 ? tooLong(asked) : undefined
    }
    await cluster.close()
    cluster = await openNativeHbase({ masters: [server.address], callMs: 20_000 })
    expect(await read(ROWS)).toEqual(RIGHT)
    expect(longest).toBe(2)
  })

  it('end with the signal of whoever asks', async () => {
    server.behave = asked => (asked.method === 'Multi' ? 'silent' : undefined)
    const signal = AbortSignal.timeout(50)
    await expect(read(ROWS, { signal })).rejects.toMatchObject({ name: 'TimeoutError' })
  })
})

describe('scans', () => {
  beforeEach(() => {
    server.cells = ['a', 'b', 'm', 'x'].map(row => cell(row))
    server.splits = ['', 'm']
  })

  it('give rows of all regions in order', async () => {
    expect(await scanned()).toEqual(['a', 'b', 'm', 'x'])
  })

  it('go on behind the last row when the scanner is lost, each row once', async () => {
    const firstRow = server.cells[0]!
    const isOfTable = (asked: Asked) =>
      asked.method === 'Scan' && !readScan(asked.parameter).region.startsWith('hbase')
    let calls = 0
    server.behave = asked => {
      if (!isOfTable(asked)) return undefined
      calls++
      if (calls === 1) return replyOf([firstRow])
      if (calls === 2) return { exception: { className: 'x.UnknownScannerException', text: 'expired' } }
      return undefined
    }
    expect(await scanned()).toEqual(['a', 'b', 'm', 'x'])
    const starts = server.asked.filter(isOfTable).map(({ parameter }) => readScan(parameter).startRow)
    expect(starts).toEqual(['', '', 'a\0', 'm'])
  })

  it('refuse rows that are not in order', async () => {
    server.cells = ['b', 'a'].map(row => cell(row))
    await expect(scanned()).rejects.toMatchObject({ code: 'reply-invalid' })
  })
})

/** A piece of a region with more behind it. */
function replyOf(cells: readonly TestCell[]) {
  const to = new ProtoWriter().uint(2, 7).bool(8, true)
  for (const _ of cells) to.uint(1, 1).uint(7, 0)
  return { message: to.finish(), cells: Buffer.concat(cells.map(cellBytes)) }
}

describe('hostile bytes', () => {
  beforeEach(() => {
    server.cells = [cell('a', 2), cell('a', 1), cell('c', 5)]
  })

  it.each<[string, Buffer, string]>([
    ['a size of nothing', Buffer.from([0, 0, 0, 0]), 'reply-invalid'],
    ['an answer to what was not asked', replyBytes(77, {}), 'reply-invalid'],
    ['a header that ends too soon', framed(Buffer.from([9, 8, 1])), 'reply-invalid'],
    ['text', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 'limit-passed'],
  ])('%s', async (_, bytes, code) => {
    server.behave = asked => (asked.method === 'Multi' ? bytes : undefined)
    const expected = code === 'limit-passed' ? ['store-failed', 'limit-passed'] : [code]
    await expect(read(['a'])).rejects.toSatisfy(
      error => error instanceof HindcastError && expected.includes(error.code),
    )
  })

  it('damaged replies end in a typed error, or an answer', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(300), fc.nat(255)), { minLength: 1, maxLength: 3 }),
        fc.constantFrom('Multi', 'Scan', 'GetMetaRegionLocations'),
        async (changes, method) => {
          server.behave = asked => {
            if (asked.method !== method) return undefined
            const bytes = replyBytes(asked.callId, server.good(asked))
            for (const [at, byte] of changes) if (at + 4 < bytes.length) bytes[at + 4] = byte
            return bytes
          }
          const one = await openNativeHbase({ masters: [server.address], callMs: 30, totalMs: 60 }).catch(
            error => error,
          )
          try {
            if (one instanceof Error) throw one
            await one.versions({ ...SHAPE, rows: keysOf(['a', 'b', 'c']) })
          } catch (error) {
            expect(error).toBeInstanceOf(HindcastError)
            expect((error as HindcastError).code).not.toBe('bug')
          } finally {
            if (!(one instanceof Error)) await one.close()
          }
        },
      ),
      { ...cases(300), numRuns: Math.min(300, cases().numRuns) },
    )
  })
})
