/** What a job says of a feature in HBase (page 1 §5), with units resolved. */

/** How the values of a cell are written: as Java's `Bytes.toBytes` writes them, or as text. */
export type CellType =
  | 'int8'
  | 'int16'
  | 'int32'
  | 'int64'
  | 'float32'
  | 'float64'
  | 'bool'
  | 'utf8'
  | 'binary'
  | 'text'
  | 'json'

/** How a cluster is found; one of `zookeeper` and `masters` is there. */
export interface HbaseAccess {
  /** `host:port` of the servers of the quorum. */
  readonly zookeeper?: readonly string[]
  /** Folder of the cluster in ZooKeeper; absent: `/hbase`. */
  readonly znode?: string
  /** `host:port` of the masters. */
  readonly masters?: readonly string[]
  /** User that servers are told (simple authentication); absent: the one of the process. */
  readonly user?: string
}

/** How much a run may ask of a cluster, all lanes together. */
export interface ReadBudget {
  /** Rows read in a second; absent: as many as come. */
  readonly readsPerSecond?: number
  /** Calls under way at once. */
  readonly concurrency: number
}

export interface CellColumnJob {
  readonly name: string
  readonly family: string
  readonly qualifier: string
  readonly type: CellType
}

export interface HbaseSource {
  readonly kind: 'hbase'
  readonly access: HbaseAccess
  readonly table: string
  /** Template of the row key over the columns of `on`: `"{item_id}"`. */
  readonly rowKey: string
  readonly columns: readonly CellColumnJob[]
  /** `cell`: each column is looked up on its own; `row`: cells of one timestamp are one version. */
  readonly version: 'row' | 'cell'
  readonly budget: ReadBudget
}
