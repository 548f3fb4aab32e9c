/** Work against the clock inside a process: warmed up first, then timed round by round. */

export interface Rounds {
  /** Wall time of each round, seconds. */
  readonly seconds: readonly number[]
  /** CPU time of all rounds, all threads of the process. */
  readonly cpuSeconds: number
}

const WARM_MS = 1500

/** Short work needs many rounds until the machine code is what it will be. */
export async function warm(work: () => Promise<unknown>, forMs = WARM_MS): Promise<void> {
  const started = performance.now()
  do await work()
  while (performance.now() - started < forMs)
}

export async function timed(work: () => Promise<unknown>, rounds: number): Promise<Rounds> {
  const before = process.cpuUsage()
  const seconds: number[] = []
  for (let round = 0; round < rounds; round++) {
    const started = performance.now()
    await work()
    seconds.push((performance.now() - started) / 1000)
  }
  const { user, system } = process.cpuUsage(before)
  return { seconds, cpuSeconds: (user + system) / 1e6 }
}
