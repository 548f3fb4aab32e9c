/** Kafka's own measuring programs: ProducerPerformance and ConsumerPerformance, run as they come, and read. */
import { spawnCommand } from '../../test/harness/index.ts'
import type { BenchTopic } from './topics.ts'

const RUN_MS = 600_000

export interface JavaPerf {
  readonly topic: BenchTopic
  readonly recordsPerSecond: number
}

/** Rates of one run of ConsumerPerformance, in its own MB of 2^20 bytes. */
export interface JavaConsumed {
  readonly records: number
  /** From its start to its end, with joining its group. */
  readonly mbPerSecond: number
  /** From the end of joining on. */
  readonly fetchMbPerSecond: number
}

export async function produced(
  tools: string,
  brokers: readonly string[],
  topic: BenchTopic,
  lines: string,
): Promise<JavaPerf> {
  const stdout = await run(tools, 'org.apache.kafka.tools.ProducerPerformance', [
    ...['--topic', topic.name, '--num-records', String(topic.records), '--throughput', '-1'],
    ...['--payload-file', lines, '--producer-props', `bootstrap.servers=${brokers.join(',')}`],
    ...['linger.ms=5', `compression.type=${topic.compression}`],
  ])
  const last = stdout.trim().split('\n').at(-1) ?? ''
  const rate = /([\d.]+) records\/sec/.exec(last)?.[1]
  if (rate === undefined) throw new Error(`ProducerPerformance told no rate: ${last}`)
  return { topic, recordsPerSecond: Number(rate) }
}

export async function consumed(
  tools: string,
  brokers: readonly string[],
  topic: BenchTopic,
): Promise<JavaConsumed> {
  const stdout = await run(tools, 'org.apache.kafka.tools.ConsumerPerformance', [
    ...['--bootstrap-server', brokers.join(','), '--topic', topic.name],
    ...['--num-records', String(topic.records), '--timeout', '60000'],
  ])
  const lines = stdout.trim().split('\n')
  const header = lines.findIndex(line => line.startsWith('start.time'))
  const names = lines[header]?.split(',').map(name => name.trim()) ?? []
  const values = lines[header + 1]?.split(',').map(value => value.trim()) ?? []
  const of = (name: string): number => Number(values[names.indexOf(name)])
  const records = of('data.consumed.in.nMsg')
  if (records < topic.records)
    throw new Error(`ConsumerPerformance read ${records} of ${topic.records}: ${stdout}`)
  return { records, mbPerSecond: of('MB.sec'), fetchMbPerSecond: of('fetch.MB.sec') }
}

async function run(tools: string, mainClass: string, args: readonly string[]): Promise<string> {
  const java = ['-Xmx512m', '-cp', `${tools}/*`, mainClass, ...args]
  const { code, stdout, stderr } = await spawnCommand('java', java, { deadlineMs: RUN_MS }).ended
  if (code !== 0)
    throw new Error(`${mainClass} ended with ${code}: ${stderr.slice(-2000)}${stdout.slice(-500)}`)
  return stdout
}
