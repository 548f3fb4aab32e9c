/** SHA-256 of node:crypto behind the hasher port of core/digest. */

import { createHash } from 'node:crypto'
import type { Hasher } from '../core/digest/index.ts'

export function createSha256(): Hasher {
  const hash = createHash('sha256')
  return {
    update(bytes: Uint8Array): void {
      hash.update(bytes)
    },
    hex(): string {
      return hash.digest('hex')
    },
  }
}
