/** What a stack remembers, and what is printed of it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { withTempDirectory } from '../../harness/index.ts'
import {
  NO_STATE,
  readState,
  type StackState,
  type StoredProcess,
  statusOf,
  withServer,
  writeState,
} from '../../stack/state-file.ts'

function processOf(name: string, pid: number): StoredProcess {
  return { name, pid, started: `boot/${pid}`, log: `${name}.log`, stopRank: 0, stopMs: 1000 }
}

const HDFS = {
  processes: [processOf('namenode0', 11), processOf('datanode0', 12)],
  places: { namenode: 'http://127.0.0.1:11', port: 12, pids: [11], dataNodes: [{ http: 'x', pid: 12 }] },
  classpath: '/conf:/jars/*',
}
const STATE: StackState = withServer(NO_STATE, 'hdfs', HDFS)

describe('the file', () => {
  it('is read as it was written, and nothing runs where there is none', () =>
    withTempDirectory(directory => {
      const file = join(directory, 'deep', 'stack.json')
      expect(readState(file)).toEqual(NO_STATE)
      writeState(file, STATE)
      expect(readState(file)).toEqual(STATE)
    }))

  it.each(['', '{', '{"version":2,"servers":{}}', '{"version":1}'])('is refused if it holds %j', text =>
    withTempDirectory(directory => {
      const file = join(directory, 'stack.json')
      writeFileSync(file, text)
      expect(() => readState(file)).toThrow(`${file} is not the state of a stack`)
    }),
  )

  it('forgets a server', () => {
    expect(withServer(STATE, 'hdfs', null)).toEqual(NO_STATE)
  })
})

describe('statusOf', () => {
  it('prints places as they are while all runs', () => {
    expect(statusOf(STATE, () => true)).toEqual({
      line: { hdfs: HDFS.places, classpath: { hdfs: HDFS.classpath } },
      ended: [],
    })
  })

  it('has null for the pid of what has ended, and for nothing else with that number', () => {
    const { line, ended } = statusOf(STATE, process => process.pid !== 12)
    expect(line.hdfs).toEqual({ ...HDFS.places, dataNodes: [{ http: 'x', pid: null }] })
    expect(ended.map(({ name }) => name)).toEqual(['datanode0'])
  })

  it('leaves out a server of which nothing runs', () => {
    expect(statusOf(STATE, () => false).line).toEqual({})
  })
})
