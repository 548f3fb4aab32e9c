/** HBase: what is asked of a cluster (cells.ts), and the way there by its own RPC. */
export {
  CELL_DELETE_COLUMN,
  CELL_DELETE_FAMILY,
  CELL_DELETE_FAMILY_VERSION,
  CELL_DELETE_VERSION,
  CELL_PUT,
  type CellColumn,
  type CellPut,
  type Cells,
  type FamilySettings,
  type HbaseCluster,
  type HbaseCounters,
  type KeepDeleted,
  type RegionPlace,
  type RowKeys,
  type RowPut,
  type ScannedRows,
  type ScanQuery,
  type TableDescription,
  type VersionsQuery,
} from './cells.ts'
export { type NativeHbaseOptions, openNativeHbase } from './native-cluster.ts'
export { openHbase } from './open-hbase.ts'
export { RowBytes } from './row-bytes.ts'
export { mastersFromZookeeper } from './zookeeper.ts'
