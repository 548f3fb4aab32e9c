/** The files of the benchmark in HDFS: put there once, by Hadoop's own shell, and kept. */
import { copyFileSync, existsSync, linkSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { parseWebHdfsUri, type WebHdfsOptions } from '../../src/files/index.ts'
import { WebHdfsFileSystem } from '../../src/files/webhdfs/webhdfs-files.ts'
import type { HdfsCluster } from '../../test/stack/index.ts'
import type { DataPlaces } from '../data/shape.ts'

/** The shell writes some hundred small files a second. */
const PUT_MS = 3_600_000
/** Most of the time of a small file is waiting for disks. */
const PUTS_AT_ONCE = '32'

/** A client of the cluster; whoever opens it closes it. */
export function openClient(cluster: HdfsCluster, options: Partial<WebHdfsOptions> = {}): WebHdfsFileSystem {
  const { scheme, nameNodes } = parseWebHdfsUri(uriOf(cluster, '/'))
  return new WebHdfsFileSystem({ scheme, nameNodes, user: cluster.user, ...options })
}

/** `webhdfs://…` of a path. */
export function uriOf(cluster: HdfsCluster, path: string): string {
  return `${cluster.nameNode.http.replace(/^http:/, 'webhdfs:')}${path}`
}

/** The benchmark's data in HDFS; URI of its folder, which has what the local one has. */
export async function ensureUploaded(
  cluster: HdfsCluster,
  places: DataPlaces,
  say: (text: string) => void,
): Promise<string> {
  const folder = `/${basename(places.directory)}`
  await ensurePut(cluster, places.directory, folder, say)
  return uriOf(cluster, folder)
}

/** Puts a local folder or file into HDFS under a name, unless it is there; whole or not at all. */
export async function ensurePut(
  cluster: HdfsCluster,
  from: string,
  to: string,
  say: (text: string) => void,
  shell: readonly string[] = [],
): Promise<void> {
  const client = openClient(cluster)
  try {
    const isThere = await client.stat(to).then(
      () => true,
      () => false,
    )
    if (isThere) return
    say(`putting ${basename(to)} into HDFS (once) …`)
    const unfinished = `/unfinished-${basename(to)}`
    await client.remove(unfinished, { recursive: true })
    const args = [...shell, '-put', '-t', PUTS_AT_ONCE, from, unfinished]
    await cluster.mustRun('org.apache.hadoop.fs.FsShell', args, { deadlineMs: PUT_MS })
    await client.rename(unfinished, to)
  } finally {
    await client.close()
  }
}

/** A local folder with many names of one small file, 1,000 a folder below it. */
export function ensureManyLinks(folder: string, file: string, count: number): void {
  if (existsSync(folder)) return
  const unfinished = `${folder}.unfinished`
  rmSync(unfinished, { recursive: true, force: true })
  for (let i = 0; i < count; i++) {
    const part = join(unfinished, `part=${Math.floor(i / 1000)}`)
    const first = join(part, 'f0.parquet')
    if (i % 1000 === 0) {
      mkdirSync(part, { recursive: true })
      copyFileSync(file, first) // file systems allow some ten thousand names of a file
    } else linkSync(first, join(part, `f${i % 1000}.parquet`))
  }
  renameSync(unfinished, folder)
}
