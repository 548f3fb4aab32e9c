/**
 * A real HDFS on this machine: NameNode and DataNodes, each a process that can be killed, stopped and started again.
 *
 *     const hdfs = await startHdfs({ directory })
 *     hdfs.nameNode.http                    'http://127.0.0.1:…' of WebHDFS
 *     hdfs.dataNodes[0].kill('SIGKILL')     as by accident
 *     hdfs.dataNodes[0].start()             again on the same ports, with its blocks
 *     await hdfs.waitReady()
 *     await hdfs.stop()
 *
 * A directory that holds an HDFS already is opened with all its files; its ports are kept where they are free.
 */
import { cpSync, existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join, resolve } from 'node:path'
import type { Ended } from '../../harness/index.ts'
import { type Daemon, type DaemonMode, stopAll } from '../daemon.ts'
import { ensureJars } from '../jars.ts'
import { type JavaRun, mustRunJavaProgram, runJavaProgram } from '../java.ts'
import { waitPatiently } from '../patience.ts'
import { choosePorts, type Ports } from '../ports.ts'
import { readSetup, refuseFewer, writeServerFiles, writeSetup } from '../server-files.ts'
import { StackError } from '../stack-error.ts'
import { started } from '../started.ts'
import { hdfsFiles } from './config.ts'
import { DataNode, type HdfsJars, HttpFs, jvmOf, NAME_NODE_MAIN_CLASS, NameNode } from './nodes.ts'
import { fileSystemState } from './questions.ts'
import {
  dataFolder,
  dataNodeNames,
  fileSystemUri,
  type HdfsForm,
  type HdfsShape,
  hdfsPortNames,
  nameNodeNames,
} from './shape.ts'
import { ensureCertificate, readCa } from './tls.ts'

const READY_MS = 120_000

/** The form of a new HDFS (default two DataNodes, `highAvailability`, `httpFs` and `tls` off), and how it is run. */
export interface HdfsOptions extends Partial<HdfsForm>, DaemonMode {
  /** Made if it is not there; removed by whoever made it. */
  readonly directory: string
  /** Gets a line when something takes long. */
  readonly say?: (line: string) => void
}

/** Where an HDFS is: a part of what `npm run stack -- status` prints. A pid is null where it does not run. */
export interface HdfsPlaces {
  /** URL of WebHDFS; with two NameNodes that of the first. */
  readonly namenode: string
  /** `hdfs://…` for Java clients. */
  readonly rpc: string
  /** Of the NameNodes. */
  readonly pids: readonly (number | null)[]
  /** `http` is a URL; `xfer` an address, and the name in `excludedatanodes=`. */
  readonly dataNodes: readonly { readonly http: string; readonly xfer: string; readonly pid: number | null }[]
}

export class HdfsCluster {
  readonly directory: string
  /** One; two with `highAvailability`, any of which may be the active one. */
  readonly nameNodes: readonly NameNode[]
  readonly dataNodes: readonly DataNode[]
  /** Null without `httpFs`. */
  readonly httpFs: HttpFs | null
  /** Configuration of a client, then the jars: `java -cp` of it finds the cluster by itself. */
  readonly classpath: string
  /** `hdfs://…` for Java clients. */
  readonly rpc: string
  readonly #shape: HdfsShape
  readonly #jars: string

  /** Use startHdfs or openHdfs. */
  constructor(shape: HdfsShape, jars: HdfsJars, mode: DaemonMode) {
    this.directory = shape.directory
    this.#shape = shape
    this.#jars = jars.hdfs
    this.classpath = jvmOf(shape, 'client', jars.hdfs).classpath
    this.rpc = fileSystemUri(shape)
    this.nameNodes = nameNodeNames(shape).map(name => new NameNode(shape, name, jars, mode))
    this.dataNodes = dataNodeNames(shape).map(name => new DataNode(shape, name, jars, mode))
    this.httpFs = jars.httpFs === null ? null : new HttpFs(shape, jars.httpFs, mode)
  }

  /** The first NameNode: the only one, unless `highAvailability` was asked for. */
  get nameNode(): NameNode {
    return this.nameNodes[0]!
  }

  /** Who owns the root and may do everything: the user who started it. */
  get user(): string {
    return this.#shape.user
  }

  /** The certificate to trust, in PEM, with `tls`. */
  get ca(): string {
    return readCa(this.#shape)
  }

  /** All processes, in the order in which they are listed. */
  get daemons(): readonly Daemon[] {
    return [...this.nameNodes, ...this.dataNodes, ...(this.httpFs === null ? [] : [this.httpFs])]
  }

  get places(): HdfsPlaces {
    return {
      namenode: this.nameNode.http,
      rpc: this.rpc,
      pids: this.nameNodes.map(node => node.pid),
      dataNodes: this.dataNodes.map(({ http, xfer, pid }) => ({ http, xfer, pid })),
    }
  }

  /** Makes an empty file system if there is none yet, and starts what does not run. Does not wait for it to serve. */
  async start(): Promise<void> {
    const [first, second] = this.nameNodes.map(({ name }) => dataFolder(this.#shape, name))
    const isFormatted = (folder: string) => existsSync(join(folder, 'current', 'VERSION'))
    if (!isFormatted(first!)) await this.#format()
    if (second !== undefined && !isFormatted(second)) cpSync(first!, second, { recursive: true })
    for (const daemon of this.daemons) daemon.start()
  }

  /**
   * Resolves when a NameNode is active (with two that are both standby the first that runs is made so) and out of safe
   * mode, and all DataNodes that run are registered with it: reads and writes work.
   */
  async waitReady(): Promise<void> {
    await Promise.all(this.nameNodes.filter(node => node.isRunning).map(node => node.waitReady()))
    const active = (await this.activeNameNode()) ?? (await this.#activate())
    const dataNodes = this.dataNodes.filter(node => node.isRunning)
    await Promise.all(dataNodes.map(node => node.waitReady()))
    await waitPatiently(
      async () => {
        const { liveDataNodes, inSafeMode } = await fileSystemState(active.http)
        return !inSafeMode && liveDataNodes >= dataNodes.length
      },
      { what: 'the NameNode to leave safe mode', deadlineMs: READY_MS },
    )
    if (this.httpFs?.isRunning) await this.httpFs.waitReady()
  }

  /** Ends all processes; the files stay. */
  stop(): Promise<void> {
    return stopAll(this.daemons)
  }

  /** The NameNode that serves; null where none says that it does. */
  async activeNameNode(): Promise<NameNode | null> {
    const are = await Promise.all(this.nameNodes.map(node => node.isActive()))
    return this.nameNodes.find((_, i) => are[i]) ?? null
  }

  /**
   * Makes the other NameNode the active one and gives it: in good order where the active one still runs, else by the
   * word of an administrator. Needs `highAvailability`.
   */
  async failover(): Promise<NameNode> {
    const active = await this.activeNameNode()
    if (active === null) return this.#activate()
    const other = this.nameNodes.find(node => node !== active && node.isRunning)
    if (other === undefined) {
      throw new StackError('there is no other NameNode that runs', 'Ask for highAvailability, or start it.')
    }
    await this.mustRun(HA_ADMIN, ['-failover', active.name, other.name])
    return other
  }

  /**
   * Safe mode of the active NameNode: while it is on reads work and writes are refused with SafeModeException. Takes
   * a second or more: it is a Java program.
   */
  async safeMode(on: boolean): Promise<void> {
    const { rpc } = (await this.activeNameNode()) ?? this.nameNode // by its name both would be asked, and both must run
    await this.mustRun('org.apache.hadoop.hdfs.tools.DFSAdmin', [
      '-fs',
      rpc,
      '-safemode',
      on ? 'enter' : 'leave',
    ])
  }

  /**
   * Runs a Java program of Hadoop as a client of this cluster: `org.apache.hadoop.fs.FsShell`, `['-ls', '/']`. Gives
   * its exit code and output, whatever they are.
   */
  runJava(mainClass: string, args: readonly string[], options: JavaRun = {}): Promise<Ended> {
    return runJavaProgram(mainClass, args, jvmOf(this.#shape, 'client', this.#jars), options)
  }

  /** The same, and an exit code other than 0 is an error with what it printed. */
  mustRun(mainClass: string, args: readonly string[], options: JavaRun = {}): Promise<Ended> {
    return mustRunJavaProgram(mainClass, args, jvmOf(this.#shape, 'client', this.#jars), options)
  }

  async #activate(): Promise<NameNode> {
    const next = this.nameNodes.find(node => node.isRunning)
    if (next === undefined) throw new StackError('no NameNode runs', 'Start one, and wait again.')
    // By itself it asks the others first, and gives up where one does not answer; one that does not run cannot object.
    const force = this.nameNodes.every(node => node.isRunning) ? [] : ['--forceactive']
    await this.mustRun(HA_ADMIN, ['-transitionToActive', ...force, next.name])
    return next
  }

  async #format(): Promise<void> {
    const args = ['-format', '-force', '-nonInteractive', '-clusterid', 'hindcast']
    await mustRunJavaProgram(NAME_NODE_MAIN_CLASS, args, jvmOf(this.#shape, this.nameNode.name, this.#jars))
  }
}

const HA_ADMIN = 'org.apache.hadoop.hdfs.tools.DFSHAAdmin'

/** Starts an HDFS and waits until files can be written. Throws StackError; then nothing is left running. */
export async function startHdfs(options: HdfsOptions): Promise<HdfsCluster> {
  return started(await openHdfs(options))
}

/** An HDFS as its directory says, or a new one; writes its configuration, fetches its jars, starts nothing. */
export async function openHdfs(options: HdfsOptions): Promise<HdfsCluster> {
  const directory = resolve(options.directory)
  const before = readSetup<Setup>(directory)
  const form = formOf(options, before?.form)
  const say = options.say === undefined ? {} : { say: options.say }
  const jars = {
    hdfs: await ensureJars('hdfs', say),
    httpFs: form.httpFs ? await ensureJars('httpfs', say) : null,
  }
  const runs = (port: string) => options.running?.[port.slice(0, port.indexOf('.'))] !== undefined
  const ports = await choosePorts(hdfsPortNames(form), before?.ports, runs)
  const shape: HdfsShape = { ...form, directory, ports, user: userInfo().username }
  if (shape.tls) await ensureCertificate(shape)
  writeServerFiles(hdfsFiles(shape))
  writeSetup(directory, { form, ports } satisfies Setup)
  return new HdfsCluster(shape, jars, options)
}

/** What a directory remembers of its HDFS. */
interface Setup {
  readonly form: HdfsForm
  readonly ports: Ports
}

function formOf(options: Partial<HdfsForm>, before: HdfsForm | undefined): HdfsForm {
  const form: HdfsForm = {
    dataNodes: options.dataNodes ?? before?.dataNodes ?? 2,
    highAvailability: options.highAvailability ?? before?.highAvailability ?? false,
    httpFs: options.httpFs ?? before?.httpFs ?? false,
    tls: options.tls ?? before?.tls ?? false,
    site: options.site ?? before?.site ?? {},
  }
  refuseFewer('DataNodes', form.dataNodes, before?.dataNodes)
  if (before !== undefined && before.highAvailability !== form.highAvailability) {
    throw new StackError(
      'the number of NameNodes of an HDFS that is there cannot change',
      'Name another directory.',
      { exitCode: 2 },
    )
  }
  return form
}
