/** Masters by way of a real ZooKeeper in which a real master has registered. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mastersFromZookeeper } from '../../../src/hbase/zookeeper.ts'
import { freePort, makeTempDirectory, removeTempDirectory, waitFor } from '../../harness/index.ts'
import { stopAll } from '../../stack/daemon.ts'
import type { HbaseCluster } from '../../stack/hbase/cluster.ts'
import { openHbase } from '../../stack/hbase/cluster.ts'
import { needStack } from '../../stack/need-stack.ts'

const START_MS = 200_000

describe('masters from a real ZooKeeper', () => {
  const isThere = needStack()
  let hbase: HbaseCluster | null = null
  let directory = ''

  beforeAll(async () => {
    if (!isThere) return
    directory = makeTempDirectory()
    hbase = await openHbase({ directory })
    hbase.zookeeper.start()
    await hbase.zookeeper.waitReady()
  }, START_MS)

  afterAll(async () => {
    if (hbase !== null) await stopAll([hbase.master, hbase.zookeeper])
    if (directory !== '') removeTempDirectory(directory)
  }, START_MS)

  it(
    'finds the master once it has registered, past a server that is dead',
    async () => {
      const { zookeeper, master } = hbase!
      await expect(mastersFromZookeeper([zookeeper.address], { timeoutMs: 10_000 })).rejects.toMatchObject({
        code: 'store-failed',
        message: expect.stringContaining('knows of no master of HBase below /hbase'),
      })
      master.start()
      const hosts = [`127.0.0.1:${await freePort()}`, zookeeper.address]
      const found = () => mastersFromZookeeper(hosts, { timeoutMs: 10_000 })
      expect(await waitFor(found, { what: 'the master', deadlineMs: START_MS })).toEqual([master.address])
      await expect(
        mastersFromZookeeper([zookeeper.address], { path: '/nothing', timeoutMs: 10_000 }),
      ).rejects.toMatchObject({ code: 'store-failed' })
    },
    START_MS,
  )
})
