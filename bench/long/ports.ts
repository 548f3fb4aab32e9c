/**
 * Loaded before everything else, in every thread of the long replay: puts other adapters behind two ports of Hindcast,
 * the decoder of history and the sink of samples. All the rest is the product as it is.
 */

import { registerHooks } from 'node:module'

const REPLACED: readonly (readonly [original: string, standIn: string])[] = [
  ['/src/history/create-decoder.ts', new URL('shifted-decoder.ts', import.meta.url).href],
  ['/src/sinks/parquet-sink.ts', new URL('digest-only-sink.ts', import.meta.url).href],
]

registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context)
    for (const [original, standIn] of REPLACED) {
      if (resolved.url.endsWith(original) && context.parentURL !== standIn)
        return { ...resolved, url: standIn }
    }
    return resolved
  },
})
