/**
 * The forms of an HDFS that tests of its clients ask for: two NameNodes, TLS, an HttpFS gateway. For the soak: those
 * tests start them too, and tell more.
 */
import { request } from 'node:https'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { isSoak } from '../../../scripts/test/tiers.ts'
import { makeTempDirectory, removeTempDirectory } from '../../harness/index.ts'
import { type HdfsCluster, startHdfs } from '../../stack/index.ts'
import { needStack } from '../../stack/need-stack.ts'
import { readFile, writeFile } from './web-hdfs-file.ts'

const START_MS = 200_000

/** Status of a GET over TLS. */
function statusOf(url: string, ca?: string): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  request(url, { ...(ca === undefined ? {} : { ca }), agent: false }, response => {
    response.resume().on('end', () => resolve(response.statusCode))
  })
    .on('error', reject)
    .end()
  return promise
}

describe.skipIf(!isSoak())('an HDFS with two NameNodes, TLS and HttpFS', () => {
  const isThere = needStack()
  let directory: string | null = null
  let hdfs: HdfsCluster

  beforeAll(async () => {
    directory = makeTempDirectory()
    const options = { directory, dataNodes: 1, highAvailability: true, tls: true, httpFs: true }
    if (isThere) hdfs = await startHdfs(options)
  }, START_MS)

  afterAll(async () => {
    await hdfs?.stop()
    if (directory !== null) removeTempDirectory(directory)
  })

  it('serves over TLS to whom trusts its certificate', async () => {
    await writeFile(hdfs.nameNode.http, '/file', 'history')
    const url = `${hdfs.nameNode.https}/webhdfs/v1/file?op=GETFILESTATUS`
    expect(await statusOf(url, hdfs.ca)).toBe(200)
    await expect(statusOf(url)).rejects.toThrow(/self.signed/)
  })

  it('serves from one address through HttpFS', async () => {
    const url = `${hdfs.httpFs!.http}/webhdfs/v1/file?op=OPEN&user.name=${hdfs.user}`
    expect(await (await fetch(url)).text()).toBe('history')
  })

  it('fails over in good order, and when the active NameNode is lost', async () => {
    const [first, second] = hdfs.nameNodes
    expect(await hdfs.activeNameNode()).toBe(first)
    expect(await hdfs.failover()).toBe(second)
    expect(await readFile(second!.http, '/file')).toBe('history')
    await second!.killAndWait()
    expect(await hdfs.failover()).toBe(first)
    await hdfs.waitReady()
    expect(await readFile(first!.http, '/file')).toBe('history')
  })

  it('refuses writes in safe mode', async () => {
    await hdfs.safeMode(true)
    await expect(writeFile(hdfs.nameNode.http, '/other', 'x')).rejects.toThrow('SafeModeException')
    expect(await readFile(hdfs.nameNode.http, '/file')).toBe('history')
    await hdfs.safeMode(false)
    await writeFile(hdfs.nameNode.http, '/other', 'x')
  })
})
