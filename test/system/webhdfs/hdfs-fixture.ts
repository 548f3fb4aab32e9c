/**
 * A real HDFS for one test file, a client of it, and data whose bytes are known at each position.
 */
import { afterAll, beforeAll } from 'vitest'
import { parseWebHdfsUri, type WebHdfsOptions } from '../../../src/files/index.ts'
import { WebHdfsFileSystem } from '../../../src/files/webhdfs/webhdfs-files.ts'
import { makeTempDirectory, removeTempDirectory } from '../../harness/index.ts'
import { type HdfsCluster, type HdfsOptions, startHdfs } from '../../stack/index.ts'
import { needStack } from '../../stack/need-stack.ts'

/** Smallest block that a NameNode takes: files have several of them. */
export const BLOCK_BYTES = 1024 * 1024

const START_MS = 240_000

export interface HdfsFixture {
  readonly cluster: HdfsCluster
  /** A client of these servers (by default the first NameNode), closed with the cluster. */
  open(options?: Partial<WebHdfsOptions>, ...urls: readonly string[]): WebHdfsFileSystem
}

/** For the top of a `describe`: the cluster is there in its tests, which are skipped aloud where it cannot be. */
export function withHdfs(form: Pick<HdfsOptions, 'highAvailability' | 'httpFs' | 'tls'> = {}): HdfsFixture {
  const isThere = needStack()
  const clients: WebHdfsFileSystem[] = []
  let directory: string | null = null
  let cluster: HdfsCluster | null = null

  beforeAll(async () => {
    if (!isThere) return
    directory = makeTempDirectory()
    const site = { 'dfs.blocksize': String(BLOCK_BYTES) }
    cluster = await startHdfs({ directory, dataNodes: 2, site, ...form })
  }, START_MS)

  afterAll(async () => {
    for (const client of clients) await client.close()
    await cluster?.stop()
    if (directory !== null) removeTempDirectory(directory)
  })

  return {
    get cluster() {
      return cluster!
    },
    open(options, ...urls) {
      const [first = cluster!.nameNode.http, ...others] = urls
      const authority = [first.replace(/^http(s?):/, '$1webhdfs:'), ...others.map(url => new URL(url).host)]
      const { scheme, nameNodes } = parseWebHdfsUri(authority.join(','))
      const client = new WebHdfsFileSystem({ scheme, nameNodes, user: cluster!.user, ...options })
      clients.push(client)
      return client
    },
  }
}

/** Bytes that tell where they are from: no two stretches of them are alike. */
export function bytesAt(position: number, length: number, seed = 0): Uint8Array {
  const bytes = new Uint8Array(length)
  for (let i = 0; i < length; i++) {
    const word = Math.imul((position + i) ^ (seed * 0x9e3779b9), 2654435761)
    bytes[i] = (word >>> 24) ^ (word >>> 11)
  }
  return bytes
}

export async function* chunksOf(bytes: Uint8Array, chunkBytes = 100_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}
