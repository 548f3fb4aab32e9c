/** What a partition says of a sealed slice, for tests of what is made of it. */

import type { PartitionSlice } from '../../../src/lanes/index.ts'
import { emptySlice } from '../../../src/lanes/index.ts'

/** A slice of a partition with some rows, told apart by its offset. */
export function partOf(partition: number, rows: number, offsetNext: number): PartitionSlice {
  return { ...emptySlice(partition, offsetNext), rows, digest: `d${partition}-${offsetNext}`, bytes: rows }
}
