/**
 * A real HBase on this machine: ZooKeeper, a master, region servers and a Thrift2 gateway, each a process that can be
 * killed, stopped and started again. Tables lie in a local folder.
 *
 *     const hbase = await startHbase({ directory, regionServers: 2 })
 *     hbase.zookeeper.address, hbase.master.address, hbase.regionServers[0].address
 *     hbase.thrift2.address                 framed, compact protocol
 *     hbase.regionServers[0].kill('SIGKILL')
 *     await hbase.stop()
 *
 * A directory that holds an HBase already is opened with all its tables; its ports are kept where they are free.
 */
import { join, resolve } from 'node:path'
import type { Ended } from '../../harness/index.ts'
import { Daemon, type DaemonMode, stopAll } from '../daemon.ts'
import { ensureJars } from '../jars.ts'
import { type JavaRun, type JvmOptions, javaArgs, runJavaProgram } from '../java.ts'
import { choosePorts, type Ports } from '../ports.ts'
import { readSetup, refuseFewer, writeServerFiles, writeSetup } from '../server-files.ts'
import type { Properties } from '../site-xml.ts'
import { started } from '../started.ts'
import {
  addressOf,
  confFolder,
  type HbaseShape,
  hbaseFiles,
  hbasePortNames,
  regionServerName,
} from './config.ts'
import { gatewayServes, masterServes, regionServerServes, zookeeperServes } from './questions.ts'

const HOST = '127.0.0.1'
const READY_MS = 180_000

/** What HBase needs of a Java that hides its own parts. */
const JVM_OPTIONS = [
  '--add-modules=jdk.unsupported',
  ...['jdk.internal.ref', 'java.nio', 'sun.nio.ch', 'java.lang', 'java.lang.reflect', 'java.util'].map(
    name => `--add-opens=java.base/${name}=ALL-UNNAMED`,
  ),
  '--add-exports=java.base/jdk.internal.misc=ALL-UNNAMED',
  '-Dorg.apache.hbase.thirdparty.io.netty.tryReflectionSetAccessible=true',
  '-Dzookeeper.admin.enableServer=false', // else it listens on 8080, on all interfaces
]

export interface HbaseOptions extends DaemonMode {
  /** Made if it is not there; removed by whoever made it. */
  readonly directory: string
  /** Default 1. Two are needed to move a region, or to lose a server. */
  readonly regionServers?: number
  /** Properties for every hbase-site.xml, over ours. */
  readonly site?: Properties
  /** Gets a line when something takes long. */
  readonly say?: (line: string) => void
}

/** Where an HBase is: a part of what `npm run stack -- status` prints. Addresses are `127.0.0.1:port`. */
export interface HbasePlaces {
  readonly masters: readonly string[]
  readonly zookeeper: string
  readonly regionServers: readonly { readonly address: string; readonly pid: number | null }[]
  /** Framed, compact protocol. */
  readonly thrift2: string
  /** Of master, ZooKeeper and gateway. */
  readonly pids: readonly (number | null)[]
}

/** A process of HBase and where clients reach it. */
export class HbaseNode extends Daemon {
  /** `127.0.0.1:port` */
  readonly address: string

  constructor(shape: HbaseShape, jars: string, mode: DaemonMode, node: Node) {
    const jvm = jvmOf(shape, jars, node.name, node.heapMiB)
    super(
      {
        name: node.name,
        command: 'java',
        args: [...javaArgs(node.mainClass, jvm), ...node.args],
        log: join(shape.directory, 'logs', `${node.name}.log`),
        isReady: node.isReady,
        readyMs: READY_MS,
        stopRank: node.stopRank,
      },
      mode,
    )
    this.address = node.address
  }
}

interface Node {
  readonly name: string
  readonly address: string
  readonly mainClass: string
  readonly args: readonly string[]
  readonly heapMiB: number
  readonly isReady: () => Promise<boolean>
  readonly stopRank: number
}

export class HbaseCluster {
  readonly directory: string
  readonly zookeeper: HbaseNode
  readonly master: HbaseNode
  readonly regionServers: readonly HbaseNode[]
  readonly thrift2: HbaseNode
  /** Configuration of a client, then the jars: `java -cp` of it finds the cluster by itself. */
  readonly classpath: string
  readonly #toolJvm: JvmOptions

  /** Use startHbase or openHbase. */
  constructor(shape: HbaseShape, jars: string, mode: DaemonMode) {
    this.directory = shape.directory
    this.#toolJvm = jvmOf(shape, jars, 'client', 256)
    this.classpath = this.#toolJvm.classpath
    const nodeOf = (node: Node) => new HbaseNode(shape, jars, mode, node)
    this.zookeeper = nodeOf(zookeeperNode(shape))
    this.master = nodeOf(masterNode(shape))
    this.regionServers = Array.from({ length: shape.regionServers }, (_, i) =>
      nodeOf(regionServerNode(shape, i)),
    )
    this.thrift2 = nodeOf(gatewayNode(shape))
  }

  get daemons(): readonly Daemon[] {
    return [this.zookeeper, this.master, ...this.regionServers, this.thrift2]
  }

  get places(): HbasePlaces {
    return {
      masters: [this.master.address],
      zookeeper: this.zookeeper.address,
      regionServers: this.regionServers.map(({ address, pid }) => ({ address, pid })),
      thrift2: this.thrift2.address,
      pids: [this.master.pid, this.zookeeper.pid, this.thrift2.pid],
    }
  }

  /** Starts what does not run; they wait for one another by themselves. Does not wait for them to serve. */
  async start(): Promise<void> {
    for (const daemon of this.daemons) daemon.start()
  }

  /** Resolves when all that runs serves: the master has placed all regions, and the gateway lists tables. */
  async waitReady(): Promise<void> {
    const running = this.daemons.filter(daemon => daemon.isRunning)
    await Promise.all(running.map(daemon => daemon.waitReady()))
  }

  /** Ends all: gateway, region servers, master, ZooKeeper. The tables stay. */
  stop(): Promise<void> {
    return stopAll(this.daemons)
  }

  /** Runs a Java program as a client of this cluster; gives its exit code and output, whatever they are. */
  runJava(mainClass: string, args: readonly string[], options: JavaRun = {}): Promise<Ended> {
    return runJavaProgram(mainClass, args, this.#toolJvm, options)
  }
}

function zookeeperNode(shape: HbaseShape): Node {
  return {
    name: 'zookeeper',
    address: addressOf(shape, 'zookeeper.client'),
    mainClass: 'org.apache.hadoop.hbase.zookeeper.HQuorumPeer',
    args: [],
    heapMiB: 96,
    isReady: () => zookeeperServes(HOST, shape.ports['zookeeper.client']!),
    stopRank: 3,
  }
}

function masterNode(shape: HbaseShape): Node {
  return {
    name: 'master',
    address: addressOf(shape, 'master.rpc'),
    mainClass: 'org.apache.hadoop.hbase.master.HMaster',
    args: ['start'],
    heapMiB: 256,
    isReady: () => masterServes(`http://${addressOf(shape, 'master.info')}`),
    stopRank: 2,
  }
}

function regionServerNode(shape: HbaseShape, index: number): Node {
  const name = regionServerName(index)
  const url = (port: string) => `http://${addressOf(shape, port)}`
  return {
    name,
    address: addressOf(shape, `${name}.rpc`),
    mainClass: 'org.apache.hadoop.hbase.regionserver.HRegionServer',
    args: ['start'],
    heapMiB: 384,
    isReady: () => regionServerServes(url('master.info'), url(`${name}.info`)),
    stopRank: 1,
  }
}

function gatewayNode(shape: HbaseShape): Node {
  const port = shape.ports['thrift2.rpc']!
  return {
    name: 'thrift2',
    address: addressOf(shape, 'thrift2.rpc'),
    mainClass: 'org.apache.hadoop.hbase.thrift2.ThriftServer',
    args: ['--bind', HOST, '--port', String(port), '--infoport', '-1', '--framed', '--compact', 'start'],
    heapMiB: 256,
    isReady: () => gatewayServes(HOST, port),
    stopRank: 0,
  }
}

function jvmOf(shape: HbaseShape, jars: string, node: string, heapMiB: number): JvmOptions {
  return { classpath: `${confFolder(shape, node)}:${join(jars, '*')}`, heapMiB, options: JVM_OPTIONS }
}

/** Starts an HBase and waits until it serves. Throws StackError; then nothing is left running. */
export async function startHbase(options: HbaseOptions): Promise<HbaseCluster> {
  return started(await openHbase(options))
}

/** An HBase as its directory says, or a new one; writes its configuration, fetches its jars, starts nothing. */
export async function openHbase(options: HbaseOptions): Promise<HbaseCluster> {
  const directory = resolve(options.directory)
  const before = readSetup<Setup>(directory)
  const regionServers = options.regionServers ?? before?.regionServers ?? 1
  refuseFewer('region servers', regionServers, before?.regionServers)
  const jars = await ensureJars('hbase', options.say === undefined ? {} : { say: options.say })
  const runs = (port: string) => options.running?.[port.slice(0, port.indexOf('.'))] !== undefined
  const ports = await choosePorts(hbasePortNames(regionServers), before?.ports, runs)
  const site = options.site ?? before?.site ?? {}
  const shape: HbaseShape = { directory, regionServers, ports, site }
  writeServerFiles(hbaseFiles(shape))
  writeSetup(directory, { regionServers, ports, site } satisfies Setup)
  return new HbaseCluster(shape, jars, options)
}

interface Setup {
  readonly regionServers: number
  readonly ports: Ports
  readonly site: Properties
}
