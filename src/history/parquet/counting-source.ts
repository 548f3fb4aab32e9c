/** A file whose reads are counted, for the report. */

import type { ByteSource } from '../../parquet/index.ts'
import type { DecoderCounters } from '../decoder.ts'

export function countingSource(source: ByteSource, counters: DecoderCounters): ByteSource {
  return {
    uri: source.uri,
    size: source.size,
    read: (position, length, into) => {
      counters.bytesRead += length
      return source.read(position, length, into)
    },
    close: () => source.close(),
  }
}
