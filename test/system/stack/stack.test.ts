/**
 * The stack as a person uses it: up, status, a server lost and brought back, down. Each server is asked to do its work,
 * not only whether it is there.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type Ended,
  lastJsonLine,
  makeTempDirectory,
  removeTempDirectory,
  spawnProgram,
} from '../../harness/index.ts'
import { callThrift, type Field } from '../../stack/hbase/thrift-call.ts'
import type { HbasePlaces, HdfsPlaces, KafkaPlaces } from '../../stack/index.ts'
import { liveBrokers } from '../../stack/kafka/metadata-question.ts'
import { needStack } from '../../stack/need-stack.ts'
import { identityOf } from '../../stack/process-identity.ts'
import { readFile, writeFile } from './web-hdfs-file.ts'

const MAIN = fileURLToPath(new URL('../../stack/main.ts', import.meta.url))
/** Three servers start, perhaps after a download. */
const UP_MS = 220_000

interface Line {
  readonly hdfs: HdfsPlaces
  readonly kafka: KafkaPlaces
  readonly hbase: HbasePlaces
  readonly classpath: Readonly<Record<string, string>>
}

const directory = makeTempDirectory()

function stack(...args: string[]): Promise<Ended> {
  return spawnProgram(MAIN, [...args, '--directory', directory], { deadlineMs: UP_MS }).ended
}

async function lineOf(...args: string[]): Promise<Line> {
  const ended = await stack(...args)
  expect(ended.code, ended.stderr).toBe(0)
  return lastJsonLine<Line>(ended)
}

function portOf(address: string): number {
  return Number(address.slice(address.indexOf(':') + 1))
}

/** Every pid that the state file names. */
function pidsInState(): number[] {
  const text = readFileSync(join(directory, 'stack.json'), 'utf8')
  return [...new Set([...text.matchAll(/"pid": (\d+)/g)].map(match => Number(match[1])))]
}

describe('npm run stack', () => {
  const isThere = needStack()
  let line: Line

  beforeAll(async () => {
    if (isThere) line = await lineOf('up', '--brokers', '3')
  }, UP_MS)

  afterAll(async () => {
    await stack('down')
    removeTempDirectory(directory)
  })

  it('says where things are, and status says the same', async () => {
    expect(await lineOf('status')).toEqual(line)
    expect(line.hdfs.dataNodes).toHaveLength(2)
    expect(line.kafka.brokers).toHaveLength(3)
    expect(line.hbase.regionServers).toHaveLength(1)
    expect(Object.keys(line.classpath)).toEqual(['hdfs', 'kafka', 'hbase'])
  })

  it('HDFS writes and reads, loses a DataNode, and has it back with its blocks', async () => {
    const { namenode, dataNodes } = line.hdfs
    await writeFile(namenode, '/a file', 'history')
    expect(await readFile(namenode, '/a file')).toBe('history')
    process.kill(dataNodes[0]!.pid!, 'SIGKILL')
    await expect.poll(() => identityOf(dataNodes[0]!.pid!)).toBe(null)
    expect((await lineOf('status')).hdfs.dataNodes[0]!.pid).toBe(null)
    expect(await readFile(namenode, '/a file', dataNodes[0]!.xfer)).toBe('history')
    const again = await lineOf('up', 'hdfs')
    const ports = ({ http, xfer }: HdfsPlaces['dataNodes'][number]) => ({ http, xfer })
    expect(again.hdfs.dataNodes.map(ports)).toEqual(dataNodes.map(ports))
    expect(again.hdfs.pids).toEqual(line.hdfs.pids)
    expect(await readFile(namenode, '/a file', dataNodes[1]!.xfer)).toBe('history')
  })

  it('Kafka knows when a broker is lost, and when it is back', async () => {
    const [first, second] = line.kafka.brokers.map(portOf)
    expect((await liveBrokers('127.0.0.1', first!)).sort()).toEqual([1, 2, 3])
    process.kill(line.kafka.pids[0]!, 'SIGKILL')
    await expect
      .poll(() => liveBrokers('127.0.0.1', second!).then(ids => ids.sort()), { timeout: 30_000 })
      .toEqual([2, 3])
    const { kafka } = await lineOf('up', 'kafka')
    expect(kafka.brokers).toEqual(line.kafka.brokers)
    expect((await liveBrokers('127.0.0.1', first!)).sort()).toEqual([1, 2, 3])
  })

  it('HBase writes and reads a cell through its gateway', async () => {
    const call = (name: string, args: readonly Field[]) =>
      callThrift('127.0.0.1', portOf(line.hbase.thrift2), name, args)
    const tableName: Field[] = [
      [1, 'default'],
      [2, 'features'],
    ]
    const family: Field[] = [[1, 'f']]
    const table: Field[] = [
      [1, tableName],
      [2, { list: [family] }],
    ]
    await call('createTable', [[1, table]])
    const cell: Field[] = [
      [1, 'f'],
      [2, 'n'],
      [3, 'a value'],
    ]
    const put: Field[] = [
      [1, 'a key'],
      [2, { list: [cell] }],
    ]
    await call('put', [
      [1, 'features'],
      [2, put],
    ])
    const get: Field[] = [[1, 'a key']]
    const found = await call('get', [
      [1, 'features'],
      [2, get],
    ])
    expect(found.toString('latin1')).toContain('a value')
    await expect(
      call('get', [
        [1, 'none'],
        [2, get],
      ]),
    ).rejects.toThrow('none')
  })

  it('down leaves no process, and nothing to tell', async () => {
    const pids = pidsInState()
    expect(pids.length).toBeGreaterThanOrEqual(10)
    expect(await lineOf('down')).toEqual({})
    expect(pids.map(identityOf).filter(each => each !== null)).toEqual([])
    expect(await lineOf('status')).toEqual({})
  })
})
