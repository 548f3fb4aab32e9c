/** The real servers for tests and benches, by name. `npm run stack` (main.ts) is the same for people. */
export { Daemon } from './daemon.ts'
export {
  type HbaseCluster,
  type HbaseNode,
  type HbaseOptions,
  type HbasePlaces,
  startHbase,
} from './hbase/cluster.ts'
export { type HdfsCluster, type HdfsOptions, type HdfsPlaces, startHdfs } from './hdfs/cluster.ts'
export type { DataNode, HttpFs, NameNode } from './hdfs/nodes.ts'
export { ensureJars } from './jars.ts'
export { stackMissing } from './java.ts'
export {
  type Broker,
  type KafkaCluster,
  type KafkaOptions,
  type KafkaPlaces,
  startKafka,
} from './kafka/cluster.ts'
export { type S3Server, type S3ServerOptions, startS3 } from './s3/server.ts'
export { StackError } from './stack-error.ts'
