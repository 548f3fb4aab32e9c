/** One question of a benchmark that has several, answered. */
export interface Section {
  /** Markdown. */
  readonly text: string
  /** False where something failed, differed, or missed its target. */
  readonly ok: boolean
}
