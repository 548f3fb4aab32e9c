/** What an HDFS consists of: names of its processes, their ports, addresses and folders. Pure. */
import { join } from 'node:path'
import type { Ports } from '../ports.ts'
import type { Properties } from '../site-xml.ts'

/** What is chosen for an HDFS, and kept in its directory. */
export interface HdfsForm {
  readonly dataNodes: number
  /** Two NameNodes instead of one: one active, one standby, which follows it through a shared folder. */
  readonly highAvailability: boolean
  /** An HttpFS gateway too. */
  readonly httpFs: boolean
  /** WebHDFS over TLS (swebhdfs) too, on ports of its own. */
  readonly tls: boolean
  /** Wins over what is set here, in every hdfs-site.xml. */
  readonly site: Properties
}

export interface HdfsShape extends HdfsForm {
  readonly directory: string
  readonly ports: Ports
  /** Owner of the root, who may do everything, and who a request is that names no user. */
  readonly user: string
}

/** The name that stands for both NameNodes in `hdfs://`. */
export const NAME_SERVICE = 'hindcast'
const HOST = '127.0.0.1'

export function nameNodeName(index: number): string {
  return `namenode${index}`
}

export function dataNodeName(index: number): string {
  return `datanode${index}`
}

export function nameNodeNames(form: HdfsForm): readonly string[] {
  return form.highAvailability ? [nameNodeName(0), nameNodeName(1)] : [nameNodeName(0)]
}

export function dataNodeNames(form: HdfsForm): readonly string[] {
  return Array.from({ length: form.dataNodes }, (_, i) => dataNodeName(i))
}

/** Ports as `process.use`. */
export function hdfsPortNames(form: HdfsForm): string[] {
  const secure = form.tls ? ['https'] : []
  return [
    ...nameNodeNames(form).flatMap(node => ['rpc', 'http', ...secure].map(use => `${node}.${use}`)),
    ...dataNodeNames(form).flatMap(node => ['xfer', 'http', 'ipc', ...secure].map(use => `${node}.${use}`)),
    ...(form.httpFs ? ['httpfs.http'] : []),
  ]
}

/** `127.0.0.1:port` of a port by name. */
export function addressOf(shape: HdfsShape, port: string): string {
  return `${HOST}:${shape.ports[port]}`
}

/** `hdfs://…` for Java clients. */
export function fileSystemUri(shape: HdfsShape): string {
  return `hdfs://${shape.highAvailability ? NAME_SERVICE : addressOf(shape, 'namenode0.rpc')}`
}

/** Where a process, or the client, has its configuration. */
export function confFolder(shape: HdfsShape, node: string): string {
  return join(shape.directory, 'conf', node)
}

/** Where a NameNode or DataNode keeps its files. */
export function dataFolder(shape: HdfsShape, node: string): string {
  return join(shape.directory, 'data', node)
}
