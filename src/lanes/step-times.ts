/** How long each step of a lane takes, for the report. */

export class StepTimes {
  readonly #ms = new Map<string, number>()

  /** Wall time by step, ms. */
  get ms(): ReadonlyMap<string, number> {
    return this.#ms
  }

  async of<Result>(step: string, work: () => Promise<Result>): Promise<Result> {
    const startedAt = performance.now()
    try {
      return await work()
    } finally {
      this.add(step, startedAt)
    }
  }

  /** The time since `startedAt` (`performance.now()`) was spent on the step. */
  add(step: string, startedAt: number): void {
    this.#ms.set(step, (this.#ms.get(step) ?? 0) + performance.now() - startedAt)
  }

  /** The times so far, whole ms; counting begins anew. */
  take(): Record<string, number> {
    const taken = Object.fromEntries([...this.#ms].map(([step, ms]) => [step, Math.round(ms)]))
    this.#ms.clear()
    return taken
  }
}
