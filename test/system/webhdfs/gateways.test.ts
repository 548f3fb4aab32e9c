/**
 * The other ways into HDFS: two NameNodes of which one serves, TLS, and HttpFS.
 */
import { describe, expect, it } from 'vitest'
import type { WebHdfsFileSystem } from '../../../src/files/webhdfs/webhdfs-files.ts'
import { BLOCK_BYTES, bytesAt, chunksOf, withHdfs } from './hdfs-fixture.ts'

const SIZE = 2 * BLOCK_BYTES + 99
const CONTENT = bytesAt(0, SIZE, 3)

describe('HDFS', () => {
  const hdfs = withHdfs({ highAvailability: true, httpFs: true, tls: true })

  /** Writes, lists, reads and removes a file, under a name that is hard on URLs. */
  async function works(files: WebHdfsFileSystem, folder: string, overwrites = true): Promise<void> {
    const path = `${folder}/dt=2026-01-01/e\u0301 %41?#.bin`
    const pinned = await files.writeFile(path, chunksOf(CONTENT))
    const { files: found } = await files.list([`${folder}/dt=*/*.bin`])
    expect(found).toMatchObject([{ ...pinned, hive: { dt: '2026-01-01' } }])
    const source = await files.open(pinned)
    expect(Buffer.compare(await source.read(0, SIZE), CONTENT)).toBe(0)
    expect(
      Buffer.compare(
        await source.read(BLOCK_BYTES - 5, 10),
        CONTENT.subarray(BLOCK_BYTES - 5, BLOCK_BYTES + 5),
      ),
    ).toBe(0)
    expect(await files.checksum(pinned)).toContain('CRC32C:')
    await expect(files.writeFile(path, chunksOf(CONTENT))).rejects.toMatchObject({ code: 'file-exists' })
    if (!overwrites) {
      const refused = files.writeFile(path, chunksOf(CONTENT), { overwrite: true })
      await expect(refused).rejects.toMatchObject({ code: 'unsupported' })
      await files.remove(path)
    }
    const again = await files.writeFile(path, chunksOf(CONTENT.subarray(1)), { overwrite: true })
    expect(again.bytes).toBe(SIZE - 1)
    await expect(files.open(pinned)).rejects.toMatchObject({ code: 'file-changed' })
    await expect(source.read(SIZE - 1, 1)).rejects.toMatchObject({ code: 'file-changed' })
    expect(await files.remove(folder, { recursive: true })).toBe(true)
    expect(files.counters.failures).toBeLessThan(10)
  }

  it('with two NameNodes, in any order, before and after a failover', async () => {
    const [first, second] = hdfs.cluster.nameNodes.map(({ http }) => http)
    const [one, other] = [hdfs.open({}, first!, second!), hdfs.open({}, second!, first!)]
    await works(one, '/ha/1')
    await works(other, '/ha/2')
    await hdfs.cluster.failover()
    await Promise.all([works(one, '/ha/3'), works(other, '/ha/4')])
  })

  it('of which the one that serves is killed while a file is read', async () => {
    const { cluster } = hdfs
    const files = hdfs.open({}, ...cluster.nameNodes.map(({ http }) => http))
    const source = await files.open(await files.writeFile('/ha/killed', chunksOf(CONTENT)))
    const active = await cluster.activeNameNode()
    await active!.killAndWait()
    const reading = source.read(0, SIZE)
    const listing = files.list(['/ha/killed'])
    await cluster.failover()
    expect(Buffer.compare(await reading, CONTENT)).toBe(0)
    expect((await listing).files).toHaveLength(1)
    active!.start()
    await cluster.waitReady()
  })

  it('that is named by its standby alone says so', async () => {
    const { cluster } = hdfs
    const active = await cluster.activeNameNode()
    const standby = cluster.nameNodes.find(node => node !== active)!
    await expect(hdfs.open({ deadlineMs: 1000 }, standby.http).stat('/')).rejects.toMatchObject({
      code: 'remote-failed',
      message: expect.stringContaining('StandbyException'),
      advice: expect.stringContaining('all NameNodes'),
    })
  })

  it('over TLS', async () => {
    const { cluster } = hdfs
    const urls = cluster.nameNodes.map(({ https }) => https!)
    await works(hdfs.open({ ca: cluster.ca }, ...urls), '/tls')
    await expect(hdfs.open({}, ...urls).stat('/')).rejects.toMatchObject({
      code: 'access-denied',
      advice: expect.stringContaining('ca:'),
    })
  })

  it('through HttpFS', async () => {
    await works(hdfs.open({}, hdfs.cluster.httpFs!.http), '/gateway', false)
  })
})
