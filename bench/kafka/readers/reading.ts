/** What a reader of the benchmark is told on its command line, and the line that it answers with. */

export interface Reading {
  readonly brokers: readonly string[]
  readonly topic: string
  readonly partitions: number
  /** Values become six columns, or objects. */
  readonly decodes: boolean
}

/** What was read; equal for all readers of a topic. */
export interface ReadResult {
  readonly records: number
  readonly valueBytes: number
  /** Sum of `event_id` over all records where values were decoded; else 0. */
  readonly idSum: number
  /** From before the client was opened to the last record. */
  readonly seconds: number
  readonly cpuSeconds: number
}

export function readingOf(args: readonly string[]): Reading {
  return JSON.parse(args[0]!) as Reading
}

/** Times the work in this process and prints the answer. */
export async function answer(
  work: () => Promise<Pick<ReadResult, 'records' | 'valueBytes' | 'idSum'>>,
): Promise<void> {
  const started = performance.now()
  const before = process.cpuUsage()
  const result = await work()
  const { user, system } = process.cpuUsage(before)
  const seconds = (performance.now() - started) / 1000
  const line: ReadResult = { ...result, seconds, cpuSeconds: (user + system) / 1e6 }
  process.stdout.write(`${JSON.stringify(line)}\n`)
}
