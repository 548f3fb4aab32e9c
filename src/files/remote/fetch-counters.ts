/** What fetching of ranges cost, of all files of a file system. */
export interface FetchCounters {
  /** Bytes of files that came over the wire. */
  bytes: number
  /** Requests for ranges, repeated ones included. */
  requests: number
  /** Tries that failed. */
  failures: number
}
