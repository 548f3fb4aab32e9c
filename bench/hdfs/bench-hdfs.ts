/**
 * History in HDFS against the same history on local disk, and against Java's own client, on a real HDFS of this machine:
 * two DataNodes, replication 2, blocks of 128 MiB. Servers and readers share the machine's cores, which favours local
 * disk; in a cluster the DataNodes' work is done elsewhere.
 *
 * The HDFS stays in the cache directory, files and all, and is started for the measurement.
 */
import { join } from 'node:path'
import { stackMissing, startHdfs } from '../../test/stack/index.ts'
import { ensureData } from '../data/make.ts'
import type { BenchOptions, BenchReport } from '../harness/report.ts'
import type { Section } from '../harness/section.ts'
import { benchBytesMoved } from './bytes-moved.ts'
import { ensureUploaded } from './hdfs-files.ts'
import { benchManyFiles } from './many-files.ts'
import { benchRawRead } from './raw-read.ts'
import { benchWholeOnHdfs } from './whole.ts'

/** 100,000 files are put much sooner without waiting for the disk of the NameNode; reading does not ask it. */
const SITE = { 'dfs.namenode.edits.noeditlogchannelflush': true }

/** `quick`: smaller files, and fewer. */
export async function benchHdfs(options: BenchOptions, quick: boolean): Promise<BenchReport> {
  const title = 'HDFS'
  const missing = stackMissing()
  if (missing !== null) return { title, text: `skipped: ${missing}`, ok: true }
  const places = await ensureData(options.cache, options.shape, options.say)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1)) // servers end with it
  const cluster = await startHdfs({ directory: join(options.cache, 'hdfs'), site: SITE, say: options.say })
  try {
    const data = await ensureUploaded(cluster, places, options.say)
    const sections: Section[] = []
    for (const section of [
      () => benchWholeOnHdfs(options, places, data),
      () => benchBytesMoved(options, places, data, quick),
      () => benchRawRead(cluster, options, quick),
      () => benchManyFiles(cluster, options, quick),
    ]) {
      const found = await section()
      options.say(found.text)
      sections.push(found)
    }
    return {
      title,
      text: sections.map(({ text }) => text).join('\n\n'),
      ok: sections.every(({ ok }) => ok),
    }
  } finally {
    await cluster.stop()
  }
}
