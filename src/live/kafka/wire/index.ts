/** The entry of live/kafka/wire: fetches of the Kafka protocol, bytes ↔ data, without any I/O. */
export { AbortedTransactions } from './aborted-transactions.ts'
export { decompressRecords } from './decompress-records.ts'
export {
  encodeFetchRequest,
  FETCH_API_KEY,
  type FetchPartition,
  type FetchRequest,
  type FetchTopic,
  type FetchVersion,
} from './fetch-request.ts'
export {
  type AbortedTransaction,
  type FetchedPartition,
  type FetchedTopic,
  type FetchResponse,
  parseFetchResponse,
} from './fetch-response.ts'
export { type FetchedBytes, FetchedRecords, passOver, RecordDecoder } from './record-decoder.ts'
export { WireReader } from './wire-reader.ts'
