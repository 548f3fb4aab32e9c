/**
 * The WebAssembly kernels of this thread: the entry to them. All share one memory (kernel-memory.ts), so a result is
 * good until the next call of any of them; that call may read it in place.
 */

export { lz4Compress, lz4Decompress, snappyCompress, snappyDecompress } from './block-kernels.ts'
export type { StringArena, UnpackedStrings } from './strings.ts'
export { gatherStrings, packStrings, StringDictionary, unpackStrings } from './strings.ts'
