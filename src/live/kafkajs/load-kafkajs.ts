/**
 * kafkajs, which is installed only by those who read through it: loaded when a job asks for it, in each thread that does.
 *
 * Invariant: records are decompressed by decoders of our own, which make room for no more than a batch may be; kafkajs
 * itself has gzip only, without a bound.
 */

import type * as Kafkajs from 'kafkajs'
import { HindcastError } from '../../errors.ts'
import { decompressRecords } from '../kafka/index.ts'

/** What `require` gives: not all of it can be imported by name. */
export type KafkajsModule = Omit<typeof Kafkajs, 'default'>

/** Raises `unsupported` where it is not installed or broken, and says what to install. `load` is for tests. */
export async function loadKafkajs(
  load: () => Promise<KafkajsModule> = async () => (await import('kafkajs')).default,
): Promise<KafkajsModule> {
  try {
    const kafkajs = await load()
    setCodecs(kafkajs)
    return kafkajs
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND'
    const why = isMissing ? 'is not installed' : `cannot be loaded: ${(error as Error).message}`
    throw new HindcastError('unsupported', `\`client: kafkajs\` needs the package kafkajs, which ${why}`, {
      advice: 'Type: npm install kafkajs@2',
    })
  }
}

/** What kafkajs asks of a codec; it has none to compress with that was not there before. */
interface Codec {
  compress(encoder: unknown): Promise<Buffer>
  decompress(bytes: Buffer): Promise<Buffer>
}

/** Ours take the place of what is there; whoever else writes with kafkajs in this process compresses as before. */
function setCodecs({ CompressionCodecs, CompressionTypes }: KafkajsModule): void {
  const { GZIP, Snappy, LZ4, ZSTD } = CompressionTypes
  for (const type of [GZIP, Snappy, LZ4, ZSTD] as const) {
    const known: () => Codec = CompressionCodecs[type]
    if (OURS.has(known)) continue
    const codec: Codec = {
      compress: encoder => known().compress(encoder),
      // What is decompressed may lie in memory that the next call uses again; records are kept for longer.
      decompress: async bytes => Buffer.from(decompressRecords(type, bytes)),
    }
    const ours = () => codec
    OURS.add(ours)
    CompressionCodecs[type] = ours
  }
}

/** kafkajs has one table of codecs for all who use it: once is enough. */
const OURS = new WeakSet<() => Codec>()
