/**
 * Every declared bound, with its unit and its reason. A bound that is passed raises `limit-passed` (or the
 * code its comment names); none is silently applied.
 */
export const LIMITS = {
  /** Default of `limits.memory`, bytes (C9). */
  memoryBytes: 1024 * 1024 * 1024,
  /** Smallest `limits.memory` that leaves room for two row groups and the lanes. */
  memoryBytesMin: 128 * 1024 * 1024,
  /** Default share of rows that may be bad (C9). */
  quarantineShare: 0.001,
  /** Output partitions of a stream: each keeps an open file per slice. */
  partitionsMax: 1024,
  /** Lanes of a run: more threads than any machine this was measured on has cores. */
  lanesMax: 64,
  /** Files of one history: the plan holds each in memory and in JSON. */
  filesMax: 1_000_000,
  /** Columns of one history: the merged schema is compared name by name. */
  columnsMax: 4096,
  /** Rows of a unit of history: larger row groups are decoded in pieces of at most so many. */
  unitRows: 131_072,
  /** One JSON line or log record, bytes: longer ones are bad rows. */
  recordBytesMax: 16 * 1024 * 1024,
  /** Bytes that a compressed text file may become, a byte of it: more is a bomb. Memory is bounded either way. */
  inflateRatioMax: 10_000,
  /** Bytes of text that a plan reads of one history to tell types and rows (C8). */
  sampleBytesMax: 64 * 1024 * 1024,
  /** Levels of nesting in a JSON value: deeper ones are bad rows. */
  jsonDepthMax: 512,
  /** Default size at which a segment of the embedded log is closed: the unit of trimming, and of recovery. */
  logSegmentBytes: 64 * 1024 * 1024,
  /** Largest segment: a damaged one is searched in memory for what is still whole. */
  logSegmentBytesMax: 1024 * 1024 * 1024,
  /** Record batches of the embedded log are cut at about this size. */
  logBatchBytes: 1024 * 1024,
  /** Largest batch that can be: one of full size and one record more. A longer one is damage. */
  logBatchBytesMax: 32 * 1024 * 1024,
  /** Most bytes of one fetch from the embedded log, whatever is asked for: offsets into them are int32. */
  logFetchBytesMax: 256 * 1024 * 1024,
  /** Rows of an emission of history: big enough to amortise, small enough for the cache (measured 60–300 k). */
  emissionRows: 120_000,
  /** Files that the lanes' spans have open at once: they wait for their first `_offset`. */
  spanFilesMax: 512,
  /** Messages of history in flight to one lane. */
  laneCredit: 4,
  /** JavaScript heap of a lane: columns lie outside of it. A lane that needs more is `lane-failed`, not the process. */
  laneHeapBytes: 512 * 1024 * 1024,
  /** Lines of `late/` or `quarantine/` that an open slice keeps in memory, bytes: more wait in its file. */
  sideLineBytes: 256 * 1024,
  /** Slices of a plan: each is a line of the manifest and a file a partition. */
  slicesMax: 1_000_000,
  /** Identities compared at a `by: time` seam, a partition. */
  overlapEventsMax: 20_000_000,
  /** Their distinct identities in canonical bytes, a partition: positions among them are int32. */
  overlapBytesMax: 1024 * 1024 * 1024,
  /** Separate ranges of offsets that the files of one partition may cover (a `by: offset` seam). */
  coverageRangesMax: 1_000_000,
  /** Bytes of a feature's key in canonical form: LMDB takes 1978, of which 10 are ours. Longer ones are bad rows. */
  featureKeyBytes: 1900,
  /** Tables of one embedded feature store: LMDB reserves a slot for each when it is opened. */
  featureTablesMax: 256,
  /** Rows and keys gathered before they are sorted and written into an embedded feature store, bytes. */
  featureLoadBytes: 64 * 1024 * 1024,
  /** The same where memory is short: with less, each batch would rewrite the whole table. */
  featureLoadBytesMin: 8 * 1024 * 1024,
  /** Keys of one fetch from a feature store: a batch of history has fewer, several batches are fetched in turn. */
  preloadKeys: 262_144,
  /** Fetched versions that a lane keeps for the batches it has been told of, bytes. */
  preloadBytes: 64 * 1024 * 1024,
  /** Footer of a Parquet file, bytes: one of 10,000 columns × 1,000 row groups has some 500 MB, which no job reads. */
  parquetFooterBytesMax: 256 * 1024 * 1024,
  /** Nodes of a Parquet schema, groups included. */
  parquetSchemaNodesMax: 65_536,
  /** Levels of groups in a Parquet schema. */
  parquetDepthMax: 128,
  /** Row groups of a Parquet file. */
  parquetRowGroupsMax: 1_000_000,
  /** Header of a page, bytes: statistics of long strings make it long. */
  parquetPageHeaderBytesMax: 16 * 1024 * 1024,
  /** A page or dictionary when decompressed, bytes: WebAssembly memory holds it twice, and positions in it are int32. */
  parquetPageBytesMax: 512 * 1024 * 1024,
  /** Values of a page: columns of a page are allocated for so many at most. */
  parquetPageValuesMax: 16 * 1024 * 1024,
  /** Text of one column of one decoded unit, bytes: positions in it are int32. */
  parquetColumnBytesMax: 2 ** 31 - 1,
  /** Default of `maxFuture`, ms (C2). */
  maxFutureMs: 3_600_000,
  /** Default overlap of a `by: time` seam, ms (C3). */
  overlapMs: 600_000,
} as const
