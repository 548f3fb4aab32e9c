/**
 * Vitest reporter of the runner: writes every start, end and breakage of a tier as events (see events.ts).
 * Writes are synchronous: what was told before a crash is on disk.
 */
import { appendFileSync } from 'node:fs'
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node'
import { EVENTS_VARIABLE, type TierEvent } from './events.ts'

export default class EventReporter implements Reporter {
  readonly #file: string

  constructor() {
    const file = process.env[EVENTS_VARIABLE]
    if (file === undefined)
      throw new Error(`${EVENTS_VARIABLE} is not set: this reporter belongs to scripts/test/main.ts`)
    this.#file = file
  }

  onTestModuleQueued(module: TestModule): void {
    this.#tell({ kind: 'opened', file: module.relativeModuleId })
  }

  onTestCaseReady(test: TestCase): void {
    this.#tell({ kind: 'started', test: nameOf(test) })
  }

  onTestCaseResult(test: TestCase): void {
    const result = test.result()
    if (result.state === 'pending') return
    const note = result.state === 'skipped' ? (result.note ?? '') : ''
    this.#tell({ kind: 'ended', test: nameOf(test), state: result.state, note })
  }

  onTestSuiteResult(suite: TestSuite): void {
    this.#tellErrors(`${suite.module.relativeModuleId} > ${suite.fullName}`, suite.errors())
  }

  onTestModuleEnd(module: TestModule): void {
    this.#tellErrors(module.relativeModuleId, module.errors())
    this.#tell({ kind: 'closed', file: module.relativeModuleId })
  }

  onTestRunEnd(_modules: readonly TestModule[], unhandled: readonly { readonly message: string }[]): void {
    this.#tellErrors('outside any test', unhandled)
    this.#tell({ kind: 'done' })
  }

  #tellErrors(where: string, errors: readonly { readonly message: string }[]): void {
    for (const error of errors) this.#tell({ kind: 'broken', where, message: error.message })
  }

  #tell(event: TierEvent): void {
    appendFileSync(this.#file, `${JSON.stringify(event)}\n`)
  }
}

function nameOf(test: TestCase): string {
  return `${test.module.relativeModuleId} > ${test.fullName}`
}
