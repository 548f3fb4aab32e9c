/**
 * Compression of a page.
 *
 * Invariant: `decompress` with the same codec gives the input back. Snappy and LZ4 results are views of the kernels'
 * memory, good until the next call of any kernel of this thread; an input that is such a view is read in place.
 */

import * as zlib from 'node:zlib'
import { lz4Compress, snappyCompress } from './block-kernels.ts'

/** The codecs that are written. */
export type CompressionName = 'UNCOMPRESSED' | 'SNAPPY' | 'GZIP' | 'BROTLI' | 'ZSTD' | 'LZ4_RAW'

/** zstd: three times as fast as the default (3), for a few percent more bytes. */
const ZSTD_LEVEL = 1
/** Brotli: the default (11) is a hundred times slower than this, for text that is served for years. */
const BROTLI_QUALITY = 4

/** Compresses a page. UNCOMPRESSED gives the input itself. */
export function compress(codec: CompressionName, input: Uint8Array): Uint8Array {
  switch (codec) {
    case 'UNCOMPRESSED':
      return input
    case 'SNAPPY':
      return snappyCompress(input)
    case 'LZ4_RAW':
      return lz4Compress(input)
    case 'GZIP':
      return plainArray(zlib.gzipSync(input))
    case 'ZSTD':
      return plainArray(
        zlib.zstdCompressSync(input, {
          params: { [zlib.constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL },
        }),
      )
    case 'BROTLI':
      return plainArray(
        zlib.brotliCompressSync(input, {
          params: {
            [zlib.constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY,
            [zlib.constants.BROTLI_PARAM_SIZE_HINT]: input.length,
          },
        }),
      )
  }
}

/** No Buffer: its `slice` means something else. */
function plainArray({ buffer, byteOffset, byteLength }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
