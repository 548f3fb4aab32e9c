/**
 * Bytes of one large file, end to end, by Hindcast's WebHDFS client (one range at a time, or several in flight), by Java's
 * own client over its native protocol (FSDataInputStream, one stream), and by bare sockets, round by round.
 *
 * Targets: 0.5 of Java with one stream, 0.7 with ranges in flight.
 */
import { spawnSync } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawnCommand } from '../../test/harness/index.ts'
import type { HdfsCluster } from '../../test/stack/index.ts'
import { median } from '../harness/measure.ts'
import type { BenchOptions } from '../harness/report.ts'
import type { Section } from '../harness/section.ts'
import { markdownTable } from '../harness/table.ts'
import { readBare } from './bare-read.ts'
import { ensurePut, openClient } from './hdfs-files.ts'

const FILE_BYTES = 300_000_000
const QUICK_BYTES = 60_000_000
/** What a reader asks for at once: some row groups' worth. */
const WINDOW_BYTES = 64 * 2 ** 20
const TARGETS = { one: 0.5, several: 0.7 }
/** The first reads of each are warm-up. */
const WARM = 1
const READ_MS = 300_000

interface Way {
  readonly name: string
  readonly target: number | null
  /** Seconds of each of so many reads. */
  read(rounds: number): Promise<number[]>
}

/** What was measured of a way: reads that count, and what all of them cost. */
interface Reads {
  readonly seconds: number[]
  /** CPU time of the DataNodes, warm-up included, and bytes that they sent meanwhile. */
  serverSeconds: number
  bytes: number
}

export async function benchRawRead(
  cluster: HdfsCluster,
  options: BenchOptions,
  quick: boolean,
): Promise<Section> {
  const bytes = quick ? QUICK_BYTES : FILE_BYTES
  const path = `/raw-${bytes}`
  await ensurePut(cluster, ensureFile(options.cache, bytes), path, options.say)
  const java = javaReader(cluster, options.cache, path)
  const ways: readonly Way[] = [
    ...(java === null ? [] : [{ name: "Java's client, one stream", target: null, read: java }]),
    { name: 'WebHDFS, one range at a time', target: TARGETS.one, read: ownReader(cluster, path, 1) },
    { name: 'WebHDFS, 8 ranges in flight', target: TARGETS.several, read: ownReader(cluster, path, 8) },
    {
      name: 'bare sockets, 1 range, bytes thrown away',
      target: null,
      read: bareReader(cluster, path, bytes, 1),
    },
    {
      name: 'bare sockets, 8 ranges, bytes thrown away',
      target: null,
      read: bareReader(cluster, path, bytes, 8),
    },
  ]
  const reads: Reads[] = ways.map(() => ({ seconds: [], serverSeconds: 0, bytes: 0 }))
  for (let round = 0; round < Math.max(3, options.rounds); round++)
    for (const [i, way] of ways.entries()) await readRound(way, reads[i]!, cluster, bytes)
  const rates = reads.map(({ seconds }) => bytes / median(seconds))
  const base = java === null ? Number.NaN : rates[0]!
  const rows = ways.map(({ name, target }, i) => {
    const { seconds, serverSeconds, bytes: read } = reads[i]!
    return [
      name,
      megabytes(rates[i]!),
      `${megabytes(bytes / Math.max(...seconds))}–${megabytes(bytes / Math.min(...seconds))}`,
      Number.isNaN(base) ? '–' : `${(rates[i]! / base).toFixed(2)}×`,
      target === null ? '' : `${target}×`,
      (serverSeconds / (read / 1e9)).toFixed(1),
    ]
  })
  return {
    text: [
      `### A file of ${bytes / 1e6} MB, end to end`,
      markdownTable(['', 'MB/s, median', 'range', 'of Java', 'target', 'CPU s of DataNodes a GB'], rows),
      java === null ? 'Without `javac` there is nothing to compare with.' : LIMIT,
    ].join('\n\n'),
    ok: ways.every(({ target }, i) => target === null || Number.isNaN(base) || rates[i]! / base >= target),
  }
}

const LIMIT =
  'What limits WebHDFS is the DataNode: it reads what it sends through a client of its own, over a socket, copies it into HTTP, and ends the connection after each range; on one machine that CPU is taken from the reader. The bare sockets show how fast it is when the reader does nothing.'

async function readRound(way: Way, reads: Reads, cluster: HdfsCluster, bytes: number): Promise<void> {
  const rounds = WARM + 2
  const before = cpuSecondsOf(cluster)
  const seconds = await way.read(rounds)
  reads.serverSeconds += cpuSecondsOf(cluster) - before
  reads.bytes += rounds * bytes
  reads.seconds.push(...seconds.slice(WARM))
}

/** CPU time of the DataNodes so far; NaN where /proc is not there. */
function cpuSecondsOf(cluster: HdfsCluster): number {
  const seconds = cluster.dataNodes.map(({ pid }) => cpuSeconds(pid!))
  return seconds.reduce((sum, each) => sum + each, 0)
}

function megabytes(bytesPerSecond: number): string {
  return (bytesPerSecond / 1e6).toFixed(0)
}

/** Null where Java cannot be compiled. */
function javaReader(cluster: HdfsCluster, cache: string, path: string): Way['read'] | null {
  const classes = join(cache, 'classes')
  const source = fileURLToPath(new URL('ReadFile.java', import.meta.url))
  const { status } = spawnSync('javac', ['-cp', cluster.classpath, '-d', classes, source])
  if (status !== 0) return null
  return async rounds => {
    const classpath = `${classes}:${cluster.classpath}`
    const args = ['-Xmx512m', '-cp', classpath, 'ReadFile', `${cluster.rpc}${path}`, String(rounds)]
    const { code, stdout, stderr } = await spawnCommand('java', args, { deadlineMs: READ_MS }).ended
    if (code !== 0) throw new Error(`ReadFile ended with ${code}: ${stderr.slice(-2000)}`)
    return stdout
      .trim()
      .split('\n')
      .map(line => Number(line.split(' ')[0]))
  }
}

function ownReader(cluster: HdfsCluster, path: string, rangesAtOnce: number): Way['read'] {
  return async rounds => {
    const client = openClient(cluster, { rangesAtOnce })
    try {
      const source = await client.open(await client.stat(path))
      const into = new Uint8Array(WINDOW_BYTES)
      const seconds: number[] = []
      for (let round = 0; round < rounds; round++) {
        const started = performance.now()
        for (let at = 0; at < source.size; at += WINDOW_BYTES)
          await source.read(at, Math.min(WINDOW_BYTES, source.size - at), into)
        seconds.push((performance.now() - started) / 1000)
      }
      return seconds
    } finally {
      await client.close()
    }
  }
}

function bareReader(cluster: HdfsCluster, path: string, bytes: number, rangesAtOnce: number): Way['read'] {
  return async rounds => {
    const seconds: number[] = []
    for (let round = 0; round < rounds; round++)
      seconds.push(await readBare(cluster, { path, bytes, rangesAtOnce }))
    return seconds
  }
}

/** A local file of bytes that do not repeat soon. */
function ensureFile(cache: string, bytes: number): string {
  const path = join(cache, `raw-${bytes}.bin`)
  if (existsSync(path)) return path
  mkdirSync(cache, { recursive: true })
  const chunk = new Uint32Array(250_000)
  const file = openSync(`${path}.unfinished`, 'w')
  for (let at = 0; at < bytes; at += chunk.byteLength) {
    for (let i = 0; i < chunk.length; i++) chunk[i] = Math.imul(at + i, 2654435761) ^ (i << 7)
    writeSync(file, chunk)
  }
  closeSync(file)
  renameSync(`${path}.unfinished`, path)
  return path
}

/** utime + stime of a process, in ticks of 10 ms. */
function cpuSeconds(pid: number): number {
  if (!existsSync(`/proc/${pid}/stat`)) return Number.NaN
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}
