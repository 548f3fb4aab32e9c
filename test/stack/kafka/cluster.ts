/**
 * A real Kafka on this machine: one broker, or three, each a process that can be killed, stopped and started again.
 *
 *     const kafka = await startKafka({ directory, brokers: 3 })
 *     kafka.addresses                     ['127.0.0.1:…', …]
 *     await kafka.brokers[0].stop()       its partitions move to the others first
 *     kafka.brokers[0].start()            again on the same port, with its log
 *     await kafka.waitReady()
 *     await kafka.stop()
 *
 * A directory that holds a Kafka already is opened with all its topics; its ports are kept where they are free.
 */
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Ended } from '../../harness/index.ts'
import { Daemon, type DaemonMode } from '../daemon.ts'
import { ensureJars } from '../jars.ts'
import { type JavaRun, javaArgs, mustRunJavaProgram, runJavaProgram } from '../java.ts'
import { waitPatiently } from '../patience.ts'
import { choosePorts, type Ports } from '../ports.ts'
import { readSetup, writeServerFiles, writeSetup } from '../server-files.ts'
import type { Properties } from '../site-xml.ts'
import { StackError } from '../stack-error.ts'
import { started } from '../started.ts'
import {
  brokerName,
  clientAddress,
  type KafkaShape,
  kafkaFiles,
  kafkaPortNames,
  log4jFile,
  logFolder,
  nodeIdOf,
  propertiesFile,
} from './config.ts'
import { liveBrokers } from './metadata-question.ts'

const READY_MS = 120_000
const HEAP_MIB = 256
const TOOL_HEAP_MIB = 128
/** A broker hands its partitions over before it ends, in a second or three. */
const STOP_MS = 5_000
/** The last of three has no quorum left to ask whether it may end, and would wait for five minutes. */
const LAST_STOP_MS = 2_000

export interface KafkaOptions extends DaemonMode {
  /** Made if it is not there; removed by whoever made it. */
  readonly directory: string
  /** 1 (the default) or 3; all are controllers too. With 3, topics have three replicas. */
  readonly brokers?: number
  /** Properties for every broker, over ours: `{ 'auto.create.topics.enable': false }`. */
  readonly properties?: Properties
  /** Gets a line when something takes long. */
  readonly say?: (line: string) => void
}

/** Where a Kafka is: a part of what `npm run stack -- status` prints. A pid is null where it does not run. */
export interface KafkaPlaces {
  readonly brokers: readonly string[]
  readonly pids: readonly (number | null)[]
}

export class Broker extends Daemon {
  /** `127.0.0.1:port` */
  readonly address: string
  readonly nodeId: number
  readonly #port: number

  constructor(shape: KafkaShape, index: number, jars: string, mode: DaemonMode) {
    const address = clientAddress(shape, index)
    const port = Number(address.slice(address.indexOf(':') + 1))
    const nodeId = nodeIdOf(index)
    const jvm = {
      classpath: join(jars, '*'),
      heapMiB: HEAP_MIB,
      options: [`-Dlog4j2.configurationFile=${log4jFile(shape)}`],
    }
    super(
      {
        name: brokerName(index),
        command: 'java',
        args: [...javaArgs('kafka.Kafka', jvm), propertiesFile(shape, index)],
        log: join(shape.directory, 'logs', `${brokerName(index)}.log`),
        isReady: async () => (await liveBrokers('127.0.0.1', port)).includes(nodeId),
        stopMs: STOP_MS,
        stopRank: index,
      },
      mode,
    )
    this.address = address
    this.nodeId = nodeId
    this.#port = port
  }

  /** Node ids of the brokers that this one knows to be up. */
  knownBrokers(): Promise<number[]> {
    return liveBrokers('127.0.0.1', this.#port)
  }
}

export class KafkaCluster {
  readonly directory: string
  readonly brokers: readonly Broker[]
  /** The jars: `java -cp` of it has the broker's tools and the Java client. */
  readonly classpath: string
  readonly #shape: KafkaShape

  /** Use startKafka or openKafka. */
  constructor(shape: KafkaShape, jars: string, mode: DaemonMode) {
    this.directory = shape.directory
    this.#shape = shape
    this.classpath = join(jars, '*')
    this.brokers = Array.from({ length: shape.brokers }, (_, i) => new Broker(shape, i, jars, mode))
  }

  /** What clients are given: one address a broker. */
  get addresses(): readonly string[] {
    return this.brokers.map(broker => broker.address)
  }

  get clusterId(): string {
    return this.#shape.clusterId
  }

  get daemons(): readonly Daemon[] {
    return this.brokers
  }

  get places(): KafkaPlaces {
    return { brokers: this.addresses, pids: this.brokers.map(broker => broker.pid) }
  }

  /** Formats what is new and starts what does not run. Does not wait for it to serve. */
  async start(): Promise<void> {
    await Promise.all(this.brokers.map((_, index) => this.#format(index)))
    for (const broker of this.brokers) broker.start()
  }

  /** Resolves when all brokers that run know one another to be up. */
  async waitReady(): Promise<void> {
    const running = this.brokers.filter(broker => broker.isRunning)
    await Promise.all(running.map(broker => broker.waitReady()))
    await waitPatiently(
      async () => {
        const known = await Promise.all(running.map(broker => broker.knownBrokers()))
        return known.every(ids => running.every(broker => ids.includes(broker.nodeId)))
      },
      { what: 'the brokers to know one another', deadlineMs: READY_MS },
    )
  }

  /** Ends all brokers, one after another; the topics stay. */
  async stop(): Promise<void> {
    const last = this.brokers.findLast(broker => broker.isRunning)
    for (const broker of this.brokers) {
      await broker.stop(broker === last && this.brokers.length > 1 ? LAST_STOP_MS : STOP_MS)
    }
  }

  /** Runs a Java program with the jars of Kafka; gives its exit code and output, whatever they are. */
  runJava(mainClass: string, args: readonly string[], options: JavaRun = {}): Promise<Ended> {
    return runJavaProgram(mainClass, args, { classpath: this.classpath, heapMiB: HEAP_MIB }, options)
  }

  async #format(index: number): Promise<void> {
    if (existsSync(join(logFolder(this.#shape, index), 'meta.properties'))) return
    const args = ['format', '-t', this.#shape.clusterId, '-c', propertiesFile(this.#shape, index)]
    const jvm = { classpath: this.classpath, heapMiB: TOOL_HEAP_MIB }
    await mustRunJavaProgram('kafka.tools.StorageTool', args, jvm)
  }
}

/** Starts a Kafka and waits until it serves. Throws StackError; then nothing is left running. */
export async function startKafka(options: KafkaOptions): Promise<KafkaCluster> {
  return started(await openKafka(options))
}

/** A Kafka as its directory says, or a new one; writes its configuration, fetches its jars, starts nothing. */
export async function openKafka(options: KafkaOptions): Promise<KafkaCluster> {
  const directory = resolve(options.directory)
  const before = readSetup<Setup>(directory)
  const brokers = options.brokers ?? before?.brokers ?? 1
  if (brokers !== 1 && brokers !== 3)
    throw new StackError(`${brokers} brokers are asked for`, 'Ask for 1 or 3.')
  if (before !== null && before.brokers !== brokers) throw otherSize(directory, before.brokers)
  const jars = await ensureJars('kafka', options.say === undefined ? {} : { say: options.say })
  const runs = (port: string) => options.running?.[port.slice(0, port.indexOf('.'))] !== undefined
  const ports = await choosePorts(kafkaPortNames(brokers), before?.ports, runs)
  const clusterId = before?.clusterId ?? newClusterId()
  const properties = options.properties ?? before?.properties ?? {}
  const shape: KafkaShape = { directory, brokers, ports, clusterId, properties }
  writeServerFiles(kafkaFiles(shape))
  writeSetup(directory, { brokers, ports, clusterId, properties } satisfies Setup)
  return new KafkaCluster(shape, jars, options)
}

interface Setup {
  readonly brokers: number
  readonly ports: Ports
  readonly clusterId: string
  readonly properties: Properties
}

/** One that starts with a dash would be taken for an option. */
function newClusterId(): string {
  const id = randomBytes(16).toString('base64url')
  return id.startsWith('-') ? newClusterId() : id
}

function otherSize(directory: string, brokers: number): StackError {
  return new StackError(
    `${directory} holds a Kafka of ${brokers} broker${brokers === 1 ? '' : 's'}, whose topics cannot become those of another size`,
    'Take it down with --remove, or name another --directory.',
    { exitCode: 2 },
  )
}
