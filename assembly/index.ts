/**
 * The kernels, compiled by scripts/build-wasm.ts into src/parquet/codec/kernels-wasm.ts.
 *
 * Invariants: positions and sizes are bytes of the one memory, which the host grows and lays out; a kernel keeps no
 * state, allocates nothing, checks what its input claims before it acts on it, and writes nothing outside of the
 * regions it is given and the slack behind them. A negative answer is a failure (failure.ts).
 *
 * AssemblyScript: TypeScript's syntax, WebAssembly's types. tsconfig.json is for editors only.
 */

export { lz4Block, lz4Compress, lz4Frames, lz4Hadoop } from './lz4'
export { snappyCompress, snappyDecompress } from './snappy'
export { checkOffsets, gatherStrings, packStrings, placeStrings, unpackStrings } from './strings'
