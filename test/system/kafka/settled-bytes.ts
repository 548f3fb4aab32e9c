/** When memory that grows has come to rest. */
import { collectGarbage } from '../../harness/collect-garbage.ts'
import { waitFor } from '../../harness/index.ts'

/** Bytes of buffers held, once they no longer grow. */
export async function settledBytes(): Promise<number> {
  let most = 0
  let since = performance.now()
  const settled = await waitFor(
    () => {
      collectGarbage()
      const { arrayBuffers } = process.memoryUsage()
      if (arrayBuffers > most + 1024 * 1024) {
        most = arrayBuffers
        since = performance.now()
      }
      return performance.now() - since > 1500 ? { bytes: most } : undefined
    },
    { what: 'the memory to settle', deadlineMs: 60_000 },
  )
  return settled.bytes
}
