/** Samples as records of a topic: its client library is loaded when the first job needs it. */

export type KafkaSink = typeof import('./kafka/index.ts')

export function loadKafkaSink(): Promise<KafkaSink> {
  return import('./kafka/index.ts')
}
