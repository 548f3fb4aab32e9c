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
  /** Live records of a stream that are judged as if all of them were there: few bad ones among the first do not end a run. */
  quarantineFairRecords: 10_000,
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
  /** Keys whose versions are fetched to learn whether those of all keys fit into memory. */
  preloadSampleKeys: 2048,
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
  /** Bytes of a manifest or a report that is read from a run directory on another file system. */
  runFileBytesMax: 256 * 1024 * 1024,
  /** One JSON reply of WebHDFS, bytes: a page of a listing has 1,000 names of at most 255 characters. */
  webHdfsReplyBytesMax: 16 * 1024 * 1024,
  /** The part of a WebHDFS error reply that is read, bytes: Java stack traces make them long. */
  webHdfsErrorBytesMax: 64 * 1024,
  /** A `Location` header of WebHDFS, characters: path and query, each character up to nine of them. */
  webHdfsLocationMax: 65_536,
  /** Names in one HDFS folder: what `dfs.namenode.fs-limits.max-directory-items` can be at most. */
  webHdfsFolderEntriesMax: 6_400_000,
  /** Folders of HDFS listed at the same time: one NameNode answers them all. */
  webHdfsFoldersAtOnce: 8,
  /** Ranges of HDFS files in flight: four were two to three times as fast as one (measured), more help latency. */
  webHdfsRangesAtOnce: 8,
  /** Range of one WebHDFS request, bytes; longer only where a read keeps all slots busy with longer ones: a DataNode closes the connection after each. */
  webHdfsRangeBytes: 8 * 1024 * 1024,
  /** Bytes between two wanted ranges that are read with them rather than asked for separately. */
  webHdfsGapBytes: 4096,
  /** Connections to one host of HDFS. */
  webHdfsConnectionsMax: 16,
  /** Time to connect to a host of HDFS, ms. */
  webHdfsConnectMs: 5000,
  /** One request to HDFS, ms: a DataNode that drips is left for another after it. */
  webHdfsAttemptMs: 20_000,
  /** Silence of a host of HDFS within a request, ms. */
  webHdfsSilenceMs: 10_000,
  /** Silence of a DataNode while it takes the bytes of a write, ms. */
  webHdfsWriteSilenceMs: 60_000,
  /** Tries of one call or range in HDFS with all its retries, ms: a NameNode restarts in 35 s (measured). */
  webHdfsDeadlineMs: 120_000,
  /** Longest pause between two tries at a remote server, ms: what has healed is used again soon after it. */
  remoteBackoffMsMax: 3000,
  /** Replies for a range of an HDFS file that end at the same byte: then the bytes are lost, not the connection. */
  webHdfsStuckMax: 6,
  /** One XML reply of S3, bytes: a page of a listing has 1,000 keys of at most 1,024 bytes, each encoded. */
  s3ReplyBytesMax: 16 * 1024 * 1024,
  /** Names in one folder of S3: a server that lists without an end is left. */
  s3FolderEntriesMax: 10_000_000,
  /** Folders of S3 listed at the same time: AWS takes 5,500 requests a second for a prefix. */
  s3FoldersAtOnce: 8,
  /** Ranges of S3 objects in flight: a request waits for its first byte longer than it reads. */
  s3RangesAtOnce: 8,
  /** Longest range of one S3 request, bytes. */
  s3RangeBytes: 8 * 1024 * 1024,
  /** Bytes between two wanted ranges that are read with them: a request costs the time of some hundred KiB. */
  s3GapBytes: 64 * 1024,
  /** Connections to one server of S3: ranges, listings and writes at the same time. */
  s3ConnectionsMax: 32,
  /** Time to connect to a server of S3, ms. */
  s3ConnectMs: 5000,
  /** One request to S3, ms: the longest range at 200 kB/s. */
  s3AttemptMs: 40_000,
  /** Silence of a server of S3 while it sends an object, ms. */
  s3SilenceMs: 10_000,
  /** Tries of one call or range in S3 with all its retries, ms. */
  s3DeadlineMs: 120_000,
  /** An object that is longer is written to S3 in parts of this length, bytes; AWS takes no shorter part than 5 MiB. */
  s3PartBytes: 8 * 1024 * 1024,
  /** Parts of one object: more are not taken by any server of S3. */
  s3PartsMax: 10_000,
  /** Time to connect to a broker of Kafka, TLS and SASL included, ms. */
  kafkaConnectMs: 10_000,
  /** Tries to reach the first broker, ms: a wrong address is told before a pause for coffee. */
  kafkaOpenMs: 30_000,
  /** Silence of a broker beyond what it was allowed to wait, ms: then another is asked who leads. */
  kafkaSilenceMs: 10_000,
  /** Tries of one question, and of the fetches of one partition, with all that goes wrong, ms: a leader is elected in seconds. */
  kafkaDeadlineMs: 120_000,
  /** A topic that brokers do not know for so long has been deleted, ms: one that just started does not know it yet. */
  kafkaMissingMs: 10_000,
  /** Age at which what is known of a topic is asked for again, ms: more partitions and a new topic of its name are seen then. */
  kafkaMetadataMs: 30_000,
  /** Longest time a broker keeps a fetch that finds nothing, ms. */
  kafkaFetchWaitMs: 500,
  /** A partition is at its end only while a fetch that is no older than this has shown it, ms. */
  kafkaFreshMs: 2000,
  /** Bytes asked of one partition in one fetch: what a read hands out at once. */
  kafkaPartitionFetchBytes: 1024 * 1024,
  /** Bytes asked of one broker in one fetch. */
  kafkaFetchBytes: 16 * 1024 * 1024,
  /** Fetched bytes of one partition that wait for their reader, as they came. */
  kafkaPartitionBufferBytes: 4 * 1024 * 1024,
  /** The same of all partitions of a source: each gets an equal share. */
  kafkaBufferBytes: 64 * 1024 * 1024,
  /** Largest batch of records on the wire, bytes: brokers take 1 MiB unless `max.message.bytes` says more. */
  kafkaBatchBytesMax: 64 * 1024 * 1024,
  /** The same when decompressed, bytes: JSON becomes ten times as long, and a bomb as much as it wants. */
  kafkaRecordsBytesMax: 64 * 1024 * 1024,
  /** Records of a batch of Kafka: columns are made for so many before the first is read. */
  kafkaBatchRecordsMax: 1_048_576,
  /** Reply to a fetch, bytes: what was asked for, and one batch that is larger. */
  kafkaFetchReplyBytesMax: 96 * 1024 * 1024,
  /** Any other reply of a broker, bytes: the partitions of one topic, the brokers of one cluster. */
  kafkaReplyBytesMax: 16 * 1024 * 1024,
  /** Longest pause that a broker may ask for (its quotas), ms. */
  kafkaThrottleMsMax: 30_000,
  /** A segment of a spooled partition is closed at about this size, bytes: the unit in which what is read goes. */
  spoolSegmentBytes: 64 * 1024 * 1024,
  /** A frame of a spool, bytes: what one fetch brought of a partition, and the head before it. */
  spoolFrameBytesMax: 97 * 1024 * 1024,
  /** Bytes of a spool that may not be on the disk itself yet: a power cut has so many copied again. */
  spoolSyncBytes: 16 * 1024 * 1024,
  /** All spools of a run, bytes: `live.spool` must not fill the disk that the samples go to. */
  spoolBytesMax: 256 * 1024 * 1024 * 1024,
  /** Fewest iterations of a SCRAM password (RFC 7677): with fewer, who listens can guess it. */
  scramIterationsMin: 4096,
  /** Most of them: a second or so of arithmetic, and far more than the 16,384 that Kafka stores. */
  scramIterationsMax: 1_000_000,
  /** A record batch that is sent to a topic, bytes: the brokers' default for the largest is 1 MiB and 12 bytes. */
  kafkaSendBatchBytes: 1024 * 1024,
  /** Batches of one partition that wait for their acknowledgement: a broker remembers five of a producer. */
  kafkaSendBatchesInFlight: 4,
  /** Partitions that are sent to at the same time; with the two above it bounds the bytes in flight. */
  kafkaSendPartitionsAtOnce: 8,
  /** Bytes of records of one transaction: readers of committed records see none of it before its end. */
  kafkaTransactionBytes: 64 * 1024 * 1024,
  /** A broker gives up a transaction after it, ms; its own bound is 15 min by default. Longer than the deadline below. */
  kafkaTransactionMs: 180_000,
  /** Tries of one transaction with all its retries, ms. */
  kafkaSendDeadlineMs: 120_000,
  /** One request to a broker of the sink, ms. */
  kafkaSendRequestMs: 30_000,
  /** Sealed samples that wait on disk to be sent, bytes: with more the lanes wait. */
  kafkaStagedBytes: 1024 * 1024 * 1024,
  /** Records of positions that are read of one partition: compaction leaves one a run, and those not yet compacted. */
  kafkaPositionsMax: 10_000_000,
  /** Levels of nesting in an Avro or Protobuf value, and in the schema that says so. */
  valueDepthMax: 64,
  /** Values inside one nested value, or elements of repeated fields of one message: a few bytes can claim very many. */
  valueItemsMax: 1_000_000,
  /** A schema of values, bytes, and all that it refers to together: those of Debezium have some 100 kB. */
  valueSchemaBytesMax: 4 * 1024 * 1024,
  /** Schemas and files that one schema refers to, through any number of steps. */
  valueReferencesMax: 256,
  /** Schemas of one topic that a lane keeps. */
  registrySchemasMax: 4096,
  /** Schemas of a batch of records that are looked for before it is looked through again: each is a request. */
  registryIdsPerBatch: 256,
  /** For so long the registry is not asked again for a schema that it did not know, ms. */
  registryUnknownMs: 30_000,
  /** One request to a schema registry, ms. */
  registryAttemptMs: 10_000,
  /** Tries of one schema with all its retries, ms. */
  registryDeadlineMs: 60_000,
  /** A reply of ZooKeeper, bytes: servers keep nodes below 1 MiB (jute.maxbuffer), ours have some hundred bytes. */
  zookeeperReplyBytesMax: 1024 * 1024,
  /** Rows of one read of a feature in HBase: more gain little (measured), and hold up who waits behind them. */
  hbaseReadRows: 500,
  /** Expected bytes of one read of a feature in HBase; the rows of a read are fewer where rows are long. */
  hbaseReadBytes: 1024 * 1024,
  /** Versions of a cell that are read; where a family keeps more, what is older than these cannot be told. */
  hbaseVersionsMax: 200_000,
  /** How far the clocks of region servers may be ahead of ours, ms: they delete what is older than TTL by their own. */
  hbaseClockMs: 60_000,
  /** Time to connect to a server of HBase, ms. */
  hbaseConnectMs: 3000,
  /** One call to a server of HBase, ms: a frozen server is left after it. */
  hbaseCallMs: 10_000,
  /** One operation on HBase with all its retries, ms: regions of a server that dies are elsewhere after 15 s to 70 s (measured). */
  hbaseTotalMs: 120_000,
  /** Longest pause between two tries of a call to HBase, ms. */
  hbasePauseMsMax: 2000,
  /** Connections to one server of HBase; calls share them. */
  hbaseConnections: 2,
  /** Calls of one read or write that are under way at once at one server of HBase. */
  hbaseCallsAtOnce: 4,
  /** Rows of one call to HBase. */
  hbaseCallRows: 1000,
  /** Rows of the first calls, while it is not known how many bytes a row of the table brings. */
  hbaseFirstRows: 100,
  /** Bytes that one call to HBase should bring or carry: measured, more is not faster. */
  hbaseCallBytes: 2 * 1024 * 1024,
  /** One reply of HBase, bytes: a row and what is in front of it are in one reply, so that this bounds a row that is got. */
  hbaseReplyBytesMax: 256 * 1024 * 1024,
  /** All replies to one read of rows, or for one row of a scan, bytes: positions in them are int32. */
  hbaseAnswerBytesMax: 1024 * 1024 * 1024,
  /** Regions of one table: each has a line in memory. */
  hbaseRegionsMax: 1_000_000,
  /** Default of `maxFuture`, ms (C2). */
  maxFutureMs: 3_600_000,
  /** Default overlap of a `by: time` seam, ms (C3). */
  overlapMs: 600_000,
} as const
