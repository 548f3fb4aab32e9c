/**
 * What a Parquet footer says, as data: the structures of parquet.thrift that we use, in our names.
 * Source: apache/parquet-format, `parquet.thrift`.
 *
 * Counts and positions are float64 whole numbers (≤ 2^53), checked when they are read; statistics stay bytes until
 * somebody knows the type to read them with.
 */

export type PhysicalType =
  | 'BOOLEAN'
  | 'INT32'
  | 'INT64'
  | 'INT96'
  | 'FLOAT'
  | 'DOUBLE'
  | 'BYTE_ARRAY'
  | 'FIXED_LEN_BYTE_ARRAY'

export type Repetition = 'REQUIRED' | 'OPTIONAL' | 'REPEATED'

export type CodecName = 'UNCOMPRESSED' | 'SNAPPY' | 'GZIP' | 'LZO' | 'BROTLI' | 'LZ4' | 'ZSTD' | 'LZ4_RAW'

export type EncodingName =
  | 'PLAIN'
  | 'PLAIN_DICTIONARY'
  | 'RLE'
  | 'BIT_PACKED'
  | 'DELTA_BINARY_PACKED'
  | 'DELTA_LENGTH_BYTE_ARRAY'
  | 'DELTA_BYTE_ARRAY'
  | 'RLE_DICTIONARY'
  | 'BYTE_STREAM_SPLIT'

/** ConvertedType of old writers. */
export type ConvertedType =
  | 'UTF8'
  | 'MAP'
  | 'MAP_KEY_VALUE'
  | 'LIST'
  | 'ENUM'
  | 'DECIMAL'
  | 'DATE'
  | 'TIME_MILLIS'
  | 'TIME_MICROS'
  | 'TIMESTAMP_MILLIS'
  | 'TIMESTAMP_MICROS'
  | 'UINT_8'
  | 'UINT_16'
  | 'UINT_32'
  | 'UINT_64'
  | 'INT_8'
  | 'INT_16'
  | 'INT_32'
  | 'INT_64'
  | 'JSON'
  | 'BSON'
  | 'INTERVAL'

export type LogicalType =
  | {
      readonly name:
        | 'STRING'
        | 'MAP'
        | 'LIST'
        | 'ENUM'
        | 'DATE'
        | 'UNKNOWN'
        | 'JSON'
        | 'BSON'
        | 'UUID'
        | 'FLOAT16'
        | 'VARIANT'
        | 'GEOMETRY'
        | 'GEOGRAPHY'
    }
  | { readonly name: 'DECIMAL'; readonly precision: number; readonly scale: number }
  | { readonly name: 'TIME' | 'TIMESTAMP'; readonly unit: 'ms' | 'us' | 'ns'; readonly utc: boolean }
  | { readonly name: 'INTEGER'; readonly bitWidth: number; readonly signed: boolean }

/** A node of the schema, depth first; the first is the root. A member the file does not have is null. */
export interface SchemaElement {
  readonly name: string
  /** Null for a group. */
  readonly physical: PhysicalType | null
  /** Bytes of a FIXED_LEN_BYTE_ARRAY value. */
  readonly typeLength: number | null
  readonly repetition: Repetition | null
  readonly children: number
  readonly converted: ConvertedType | null
  readonly scale: number | null
  readonly precision: number | null
  readonly fieldId: number | null
  readonly logical: LogicalType | null
}

/** Bounds as the writer encoded them (PLAIN, without a length in front); null where absent or not to be trusted. */
export interface Statistics {
  readonly min: Uint8Array | null
  readonly max: Uint8Array | null
  readonly minIsExact: boolean
  readonly maxIsExact: boolean
  readonly nulls: number | null
  readonly distinct: number | null
}

/** A stretch of the file. */
export interface ByteRange {
  readonly position: number
  readonly length: number
}

export interface ColumnChunk {
  /** Set where the data lie in another file: refused as unsupported by the reader. */
  readonly filePath: string | null
  /** Whether the chunk is encrypted (it has crypto metadata). */
  readonly encrypted: boolean
  readonly physical: PhysicalType
  readonly path: readonly string[]
  readonly encodings: readonly EncodingName[]
  readonly codec: CodecName
  /** Values, nulls included. */
  readonly values: number
  readonly uncompressedBytes: number
  readonly compressedBytes: number
  readonly dataPagePosition: number
  /** Null where there is no dictionary page (0 in the file of some writers). */
  readonly dictionaryPagePosition: number | null
  readonly statistics: Statistics | null
  readonly columnIndex: ByteRange | null
  readonly offsetIndex: ByteRange | null
  /** Length null: of a writer that does not say it. */
  readonly bloomFilter: { readonly position: number; readonly length: number | null } | null
}

export interface SortingColumn {
  /** Index among the leaf columns. */
  readonly column: number
  readonly descending: boolean
  readonly nullsFirst: boolean
}

export interface RowGroup {
  readonly rows: number
  readonly uncompressedBytes: number
  readonly columns: readonly ColumnChunk[]
  readonly sorting: readonly SortingColumn[]
}

export interface FileMetadata {
  readonly version: number
  readonly schema: readonly SchemaElement[]
  readonly rows: number
  readonly rowGroups: readonly RowGroup[]
  readonly keyValues: readonly { readonly key: string; readonly value: string | null }[]
  readonly createdBy: string | null
}

export type PageHeader = {
  readonly uncompressedBytes: number
  readonly compressedBytes: number
  /** CRC-32 of the page's bytes as they are in the file (header excluded), as an unsigned number. */
  readonly crc: number | null
} & (
  | {
      readonly type: 'data'
      readonly values: number
      readonly encoding: EncodingName
      readonly definitionEncoding: EncodingName
      readonly repetitionEncoding: EncodingName
      readonly statistics: Statistics | null
    }
  | {
      readonly type: 'data-v2'
      readonly values: number
      readonly nulls: number
      readonly rows: number
      readonly encoding: EncodingName
      readonly definitionBytes: number
      readonly repetitionBytes: number
      readonly isCompressed: boolean
      readonly statistics: Statistics | null
    }
  | { readonly type: 'dictionary'; readonly values: number; readonly encoding: EncodingName }
  /** A page that is skipped, such as an index page. */
  | { readonly type: 'other' }
)

/** One entry a page, of the data pages of a column chunk. */
export interface OffsetIndex {
  /** Positions in the file and lengths, page headers included. */
  readonly positions: Float64Array
  readonly lengths: Int32Array
  /** First row of each page, counted in the row group. */
  readonly rowFirst: Float64Array
}

export interface ColumnIndex {
  /** 1 where a page has only nulls. */
  readonly nullPages: Uint8Array
  readonly mins: readonly Uint8Array[]
  readonly maxs: readonly Uint8Array[]
  readonly order: 'UNORDERED' | 'ASCENDING' | 'DESCENDING'
  readonly nulls: Float64Array | null
}
