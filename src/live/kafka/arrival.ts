/** What the reader of a partition waits on while nothing of it is there. */
export class Arrival {
  #awaited: PromiseWithResolvers<void> | null = null

  /** A reader waits. */
  get isAwaited(): boolean {
    return this.#awaited !== null
  }

  /** Resolves at `tell`, at an abort, and after so many ms. */
  async wait(waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    if (waitMs <= 0 || signal?.aborted === true) return
    this.#awaited ??= Promise.withResolvers()
    const { promise, resolve } = this.#awaited
    const timer = setTimeout(resolve, waitMs)
    const stop = () => resolve()
    signal?.addEventListener('abort', stop, { once: true })
    await promise
    clearTimeout(timer)
    signal?.removeEventListener('abort', stop)
    this.#awaited = null
  }

  /** There is something, or there will be nothing more. */
  tell(): void {
    this.#awaited?.resolve()
  }
}
