/** A cluster as a job describes the way to it. */

import type { HbaseAccess } from '../job/index.ts'
import type { HbaseCluster } from './cells.ts'
import { openNativeHbase } from './native-cluster.ts'

/** Opens the cluster of a job by the native client. Raises `job-invalid`, `store-failed`, `access-denied`. */
export function openHbase(access: HbaseAccess, signal?: AbortSignal): Promise<HbaseCluster> {
  return openNativeHbase({ ...access, ...(signal === undefined ? {} : { signal }) })
}
