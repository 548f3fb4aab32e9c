/**
 * @confluentinc/kafka-javascript, which is installed only by those who read through it.
 *
 * Invariant: it is never loaded in a process that runs lanes. Its native part keeps to the event loop of a process's main
 * thread (`uv_default_loop`), so in a worker thread it crashes the process; only reader-process.ts loads it.
 */

import { createRequire } from 'node:module'
import { HindcastError } from '../../errors.ts'
import type { ClientRecord } from './read-rows.ts'

const NAME = '@confluentinc/kafka-javascript'

/** Its `KafkaConsumer`, as far as it is used. */
export interface ClientConsumer {
  connect(options: { topic: string; timeout: number }, done: (error: ClientProblem | null) => void): void
  assign(from: readonly { topic: string; partition: number; offset: number }[]): void
  setDefaultConsumeTimeout(ms: number): void
  consume(count: number, done: (error: ClientProblem | null, records: readonly ClientRecord[]) => void): void
  getWatermarkOffsets(topic: string, partition: number): { readonly highOffset: number }
  on(
    event: 'partition.eof',
    listener: (end: { readonly partition: number; readonly offset: number }) => void,
  ): void
  on(event: 'event.error' | 'error', listener: (error: ClientProblem) => void): void
}

export interface ClientProblem {
  readonly code?: number
  readonly message: string
}

export interface ClientModule {
  readonly KafkaConsumer: new (
    settings: Record<string, unknown>,
    topic: Record<string, unknown>,
  ) => ClientConsumer
}

/** Raises `unsupported` where the package is not installed, and says what to install. Loads nothing. */
export function checkInstalled(
  resolve: (name: string) => string = createRequire(import.meta.url).resolve,
): void {
  try {
    resolve(NAME)
  } catch {
    throw notLoaded('is not installed')
  }
}

/** In the reader process only. */
export function loadConfluent(): ClientModule {
  return createRequire(import.meta.url)(NAME) as ClientModule
}

/** The package is not there, or its native part does not fit this machine. */
export function notLoaded(why: string): HindcastError {
  return new HindcastError('unsupported', `\`client: confluent\` needs the package ${NAME}, which ${why}`, {
    advice: `Type: npm install ${NAME}@1`,
  })
}
