/** The processes of an HDFS, each with where it is reached. URLs are without a path: `http://127.0.0.1:…`. */
import { join } from 'node:path'
import { Daemon, type DaemonMode, type DaemonSpec } from '../daemon.ts'
import { type JvmOptions, javaArgs } from '../java.ts'
import { HTTPFS_MAIN_CLASS, httpFsJvmOptions } from './http-fs.ts'
import { dataNodeServes, gatewayServes, nameNodeState } from './questions.ts'
import { addressOf, confFolder, dataFolder, type HdfsShape } from './shape.ts'

export const NAME_NODE_MAIN_CLASS = 'org.apache.hadoop.hdfs.server.namenode.NameNode'
const DATA_NODE_MAIN_CLASS = 'org.apache.hadoop.hdfs.server.datanode.DataNode'

const HEAP_MIB = { namenode: 256, datanode: 192, httpfs: 192, tool: 256 }
const JVM_OPTIONS = ['--add-opens=java.base/java.lang=ALL-UNNAMED']

/** Folders of jars. */
export interface HdfsJars {
  readonly hdfs: string
  /** Null where there is no gateway. */
  readonly httpFs: string | null
}

export class NameNode extends Daemon {
  /** WebHDFS. */
  readonly http: string
  /** WebHDFS over TLS; null without `tls`. */
  readonly https: string | null
  /** `hdfs://127.0.0.1:…` of this NameNode. */
  readonly rpc: string

  constructor(shape: HdfsShape, node: string, jars: HdfsJars, mode: DaemonMode) {
    const http = `http://${addressOf(shape, `${node}.http`)}`
    const jvm = { ...jvmOf(shape, node, jars.hdfs), heapMiB: HEAP_MIB.namenode }
    const isReady = async () => /^(active|standby)$/.test(await nameNodeState(http))
    super({ ...launch(shape, node, javaArgs(NAME_NODE_MAIN_CLASS, jvm)), isReady }, mode)
    this.http = http
    this.https = shape.tls ? `https://${addressOf(shape, `${node}.https`)}` : null
    this.rpc = `hdfs://${addressOf(shape, `${node}.rpc`)}`
  }

  /** Whether this is the NameNode that serves; false too where it does not answer. */
  async isActive(): Promise<boolean> {
    try {
      return this.isRunning && (await nameNodeState(this.http)) === 'active'
    } catch {
      return false
    }
  }
}

export class DataNode extends Daemon {
  /** What the NameNode redirects to. */
  readonly http: string
  /** The same over TLS; null without `tls`. */
  readonly https: string | null
  /** `127.0.0.1:port` of the data transfer; the value of `excludedatanodes=`. */
  readonly xfer: string
  /** Where its block files are. */
  readonly dataFolder: string

  constructor(shape: HdfsShape, node: string, jars: HdfsJars, mode: DaemonMode) {
    const http = `http://${addressOf(shape, `${node}.http`)}`
    const jvm = { ...jvmOf(shape, node, jars.hdfs), heapMiB: HEAP_MIB.datanode }
    super(
      { ...launch(shape, node, javaArgs(DATA_NODE_MAIN_CLASS, jvm)), isReady: () => dataNodeServes(http) },
      mode,
    )
    this.http = http
    this.https = shape.tls ? `https://${addressOf(shape, `${node}.https`)}` : null
    this.xfer = addressOf(shape, `${node}.xfer`)
    this.dataFolder = dataFolder(shape, node)
  }
}

export class HttpFs extends Daemon {
  /** WebHDFS without redirects to other hosts. */
  readonly http: string

  constructor(shape: HdfsShape, jars: string, mode: DaemonMode) {
    const http = `http://${addressOf(shape, 'httpfs.http')}`
    const jvm = {
      ...jvmOf(shape, 'httpfs', jars),
      heapMiB: HEAP_MIB.httpfs,
      options: [...JVM_OPTIONS, ...httpFsJvmOptions(shape)],
    }
    const isReady = () => gatewayServes(http, shape.user)
    super({ ...launch(shape, 'httpfs', javaArgs(HTTPFS_MAIN_CLASS, jvm)), isReady }, mode)
    this.http = http
  }
}

/** A JVM that has the configuration of a node, or of `client`. */
export function jvmOf(shape: HdfsShape, node: string, jars: string): JvmOptions {
  return {
    classpath: `${confFolder(shape, node)}:${join(jars, '*')}`,
    heapMiB: HEAP_MIB.tool,
    options: JVM_OPTIONS,
  }
}

function launch(shape: HdfsShape, name: string, args: readonly string[]): Omit<DaemonSpec, 'isReady'> {
  return { name, command: 'java', args, log: join(shape.directory, 'logs', `${name}.log`) }
}
