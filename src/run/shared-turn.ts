/**
 * One question at a time, for many who have the same: who asks while one is on its way waits for the next, which begins
 * after it asked and so is as fresh as its own would be. A thousand partitions that go over their seams at once make two
 * questions of it.
 */
export class SharedTurn<Answer> {
  readonly #question: () => Promise<Answer>
  #last: Promise<unknown> = Promise.resolve()
  #next: Promise<Answer> | null = null

  constructor(question: () => Promise<Answer>) {
    this.#question = question
  }

  /** An answer to a question that is put no earlier than now. */
  ask(): Promise<Answer> {
    if (this.#next === null) {
      const answer = this.#last.then(() => {
        this.#next = null
        return this.#question()
      })
      this.#next = answer
      this.#last = answer.catch(() => {}) // told to whoever asked
    }
    return this.#next
  }
}
