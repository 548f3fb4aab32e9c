/** Runs asynchronous tasks one after the other, in the order they were added; a failed one does not stop the next. */
export class Queue {
  #last: Promise<unknown> = Promise.resolve()

  /** Resolves or rejects as the task does, when its turn has come. */
  add<T>(task: () => Promise<T>): Promise<T> {
    const done = this.#last.then(task)
    this.#last = done.catch(() => undefined)
    return done
  }
}
