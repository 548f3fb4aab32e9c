/**
 * What ZooKeeper, master, region servers and the Thrift2 gateway are told: pure, from ports and folders to the files of
 * their configuration. Tables and logs of writes lie in a local folder, so that no HDFS is needed; everything is on
 * 127.0.0.1. Source: hbase-default.xml of HBase 2.6.4, and what was needed to start it from jars alone.
 */
import { join } from 'node:path'
import type { Ports } from '../ports.ts'
import type { ServerFiles } from '../server-files.ts'
import { javaProperties, type Properties, siteXml } from '../site-xml.ts'

const HOST = '127.0.0.1'

export interface HbaseShape {
  readonly directory: string
  readonly regionServers: number
  readonly ports: Ports
  /** Wins over what is set here, in every hbase-site.xml. */
  readonly site: Properties
}

export function regionServerName(index: number): string {
  return `regionserver${index}`
}

export function hbasePortNames(regionServers: number): string[] {
  const ofRegionServers = Array.from({ length: regionServers }, (_, i) =>
    ['rpc', 'info'].map(use => `${regionServerName(i)}.${use}`),
  )
  return ['zookeeper.client', 'master.rpc', 'master.info', 'thrift2.rpc', ...ofRegionServers.flat()]
}

export function addressOf(shape: HbaseShape, port: string): string {
  return `${HOST}:${shape.ports[port]}`
}

/** Where a process, or the client, has its configuration. */
export function confFolder(shape: HbaseShape, node: string): string {
  return join(shape.directory, 'conf', node)
}

export function hbaseFiles(shape: HbaseShape): ServerFiles {
  const files = new Map<string, string | null>()
  const addNode = (node: string, site: Properties): void => {
    const folder = confFolder(shape, node)
    files.set(join(folder, 'hbase-site.xml'), siteXml({ ...commonSite(shape), ...site, ...shape.site }))
    files.set(join(folder, 'log4j.properties'), javaProperties(LOGGING))
    // The jars lack the pages of the web interface, and a server does not start without their folder.
    for (const app of ['master', 'regionserver']) {
      files.set(join(folder, 'hbase-webapps', app, 'WEB-INF'), null)
    }
  }
  for (const node of ['client', 'zookeeper', 'thrift2']) addNode(node, {})
  addNode('master', {
    'hbase.master.port': shape.ports['master.rpc']!,
    'hbase.master.info.port': shape.ports['master.info']!,
  })
  for (let i = 0; i < shape.regionServers; i++) {
    const name = regionServerName(i)
    addNode(name, {
      'hbase.regionserver.port': shape.ports[`${name}.rpc`]!,
      'hbase.regionserver.info.port': shape.ports[`${name}.info`]!,
    })
  }
  return files
}

function commonSite(shape: HbaseShape): Properties {
  return {
    'hbase.rootdir': `file://${join(shape.directory, 'data', 'hbase')}`,
    'hbase.tmp.dir': join(shape.directory, 'tmp'),
    'hbase.cluster.distributed': true,
    // A local folder cannot promise that bytes are on disk as HDFS does; without this nothing starts on one.
    'hbase.unsafe.stream.capability.enforce': false,
    'hbase.wal.provider': 'filesystem',
    'hbase.zookeeper.quorum': HOST,
    'hbase.zookeeper.property.clientPort': shape.ports['zookeeper.client']!,
    'hbase.zookeeper.property.clientPortAddress': HOST,
    'hbase.zookeeper.property.dataDir': join(shape.directory, 'data', 'zookeeper'),
    // A server that was killed is missed after so long, and not after 90 s.
    'zookeeper.session.timeout': 10_000,
    'hbase.masters': addressOf(shape, 'master.rpc'),
    'hbase.master.ipc.address': HOST,
    'hbase.master.hostname': HOST,
    'hbase.master.info.bindAddress': HOST,
    'hbase.regionserver.ipc.address': HOST,
    'hbase.unsafe.regionserver.hostname': HOST,
    'hbase.regionserver.info.bindAddress': HOST,
    'hbase.regionserver.handler.count': 10,
    'hbase.regionserver.thrift.ipaddress': HOST,
    'hbase.thrift.info.bindAddress': HOST,
  }
}

const LOGGING: Properties = {
  'log4j.rootLogger': 'WARN, console',
  'log4j.appender.console': 'org.apache.log4j.ConsoleAppender',
  'log4j.appender.console.target': 'System.err',
  'log4j.appender.console.layout': 'org.apache.log4j.PatternLayout',
  'log4j.appender.console.layout.ConversionPattern': '%d{ISO8601} %p %c{2}: %m%n',
  'log4j.logger.org.apache.hadoop.util.NativeCodeLoader': 'ERROR',
}
