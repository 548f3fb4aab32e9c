/** A gate that loops pass between two steps: closed while what they make has nowhere to go. */

export class Gate {
  #opening: PromiseWithResolvers<void> | null = null

  /** Nothing to wait for while the gate is open. */
  pass(): void | Promise<void> {
    if (this.#opening !== null) return this.#opening.promise
  }

  close(): void {
    this.#opening ??= Promise.withResolvers()
  }

  open(): void {
    this.#opening?.resolve()
    this.#opening = null
  }
}
