/**
 * What NameNodes, DataNodes and clients are told: pure, from ports and folders to the files of their configuration.
 *
 * Everything is on 127.0.0.1. Times are short, so that a dead DataNode is noticed in 20 s (2 × recheck + 10 ×
 * heartbeat) and not in ten minutes. Source: hdfs-default.xml and core-default.xml of Hadoop 3.5.0.
 */
import { join } from 'node:path'
import type { ServerFiles } from '../server-files.ts'
import { javaProperties, type Properties, siteXml } from '../site-xml.ts'
import { httpFsFiles } from './http-fs.ts'
import {
  addressOf,
  confFolder,
  dataFolder,
  dataNodeNames,
  fileSystemUri,
  type HdfsShape,
  NAME_SERVICE,
  nameNodeNames,
} from './shape.ts'
import { sslClient, sslServer } from './tls.ts'

/** All configuration files. */
export function hdfsFiles(shape: HdfsShape): ServerFiles {
  const files = new Map<string, string | null>()
  const addNode = (node: string, site: Properties): void => {
    const folder = confFolder(shape, node)
    files.set(join(folder, 'core-site.xml'), siteXml(coreSite(shape)))
    files.set(join(folder, 'hdfs-site.xml'), siteXml({ ...commonSite(shape), ...site, ...shape.site }))
    files.set(join(folder, 'log4j.properties'), javaProperties(LOGGING))
    if (shape.tls) files.set(join(folder, 'ssl-server.xml'), siteXml(sslServer(shape)))
    if (shape.tls) files.set(join(folder, 'ssl-client.xml'), siteXml(sslClient(shape)))
    // The jars lack the pages of the web interface, and a server does not start without their folder.
    for (const app of ['hdfs', 'datanode']) files.set(join(folder, 'webapps', app, 'WEB-INF'), null)
  }
  addNode('client', {})
  for (const node of nameNodeNames(shape)) addNode(node, nameNodeSite(shape, node))
  for (const node of dataNodeNames(shape)) addNode(node, dataNodeSite(shape, node))
  if (shape.httpFs) {
    addNode('httpfs', {})
    for (const [path, text] of httpFsFiles(shape)) files.set(path, text)
  }
  return files
}

function coreSite(shape: HdfsShape): Properties {
  return {
    'fs.defaultFS': fileSystemUri(shape),
    'hadoop.tmp.dir': join(shape.directory, 'tmp'),
    'hadoop.http.staticuser.user': shape.user,
    // The gateway is run by this user and speaks for others.
    [`hadoop.proxyuser.${shape.user}.hosts`]: '127.0.0.1',
    [`hadoop.proxyuser.${shape.user}.groups`]: '*',
  }
}

function commonSite(shape: HdfsShape): Properties {
  return {
    'dfs.replication': Math.min(2, shape.dataNodes),
    // Two DataNodes leave nothing to replace a lost one with: go on with those that are left.
    'dfs.client.block.write.replace-datanode-on-failure.policy': 'NEVER',
    'dfs.namenode.fs-limits.min-block-size': 4096,
    'dfs.heartbeat.interval': 1,
    'dfs.namenode.heartbeat.recheck-interval': 5000,
    'dfs.namenode.stale.datanode.interval': 10_000,
    'dfs.http.policy': shape.tls ? 'HTTP_AND_HTTPS' : 'HTTP_ONLY',
    ...nameNodeAddresses(shape),
    ...(shape.highAvailability ? highAvailability(shape) : {}),
  }
}

/** Every process knows all NameNodes; with two, the names of the properties say whose they are. */
function nameNodeAddresses(shape: HdfsShape): Properties {
  const entries = nameNodeNames(shape).flatMap(node => {
    const suffix = shape.highAvailability ? `.${NAME_SERVICE}.${node}` : ''
    const uses = ['rpc', 'http', ...(shape.tls ? ['https'] : [])]
    return uses.map(use => [`dfs.namenode.${use}-address${suffix}`, addressOf(shape, `${node}.${use}`)])
  })
  return Object.fromEntries(entries)
}

function highAvailability(shape: HdfsShape): Properties {
  return {
    'dfs.nameservices': NAME_SERVICE,
    [`dfs.ha.namenodes.${NAME_SERVICE}`]: nameNodeNames(shape).join(','),
    [`dfs.client.failover.proxy.provider.${NAME_SERVICE}`]:
      'org.apache.hadoop.hdfs.server.namenode.ha.ConfiguredFailoverProxyProvider',
    // One machine and one disk: a folder does for what journal nodes are for, and nobody needs to be fenced off.
    'dfs.namenode.shared.edits.dir': `file://${dataFolder(shape, 'shared-edits')}`,
    'dfs.ha.fencing.methods': 'shell(true)',
    'dfs.ha.tail-edits.period': 1,
  }
}

function nameNodeSite(shape: HdfsShape, node: string): Properties {
  return {
    'dfs.namenode.name.dir': `file://${dataFolder(shape, node)}`,
    'dfs.namenode.datanode.registration.ip-hostname-check': false,
    'dfs.namenode.safemode.extension': 0,
    'dfs.namenode.safemode.min.datanodes': 1,
    ...(shape.highAvailability ? { 'dfs.ha.namenode.id': node } : {}),
  }
}

function dataNodeSite(shape: HdfsShape, node: string): Properties {
  return {
    'dfs.datanode.data.dir': `file://${dataFolder(shape, node)}`,
    'dfs.datanode.address': addressOf(shape, `${node}.xfer`),
    'dfs.datanode.http.address': addressOf(shape, `${node}.http`),
    'dfs.datanode.ipc.address': addressOf(shape, `${node}.ipc`),
    ...(shape.tls ? { 'dfs.datanode.https.address': addressOf(shape, `${node}.https`) } : {}),
    'dfs.datanode.hostname': '127.0.0.1',
    'dfs.blockreport.initialDelay': 0,
  }
}

const LOGGING: Properties = {
  'log4j.rootLogger': 'WARN, console',
  'log4j.appender.console': 'org.apache.log4j.ConsoleAppender',
  'log4j.appender.console.target': 'System.err',
  'log4j.appender.console.layout': 'org.apache.log4j.PatternLayout',
  'log4j.appender.console.layout.ConversionPattern': '%d{ISO8601} %p %c{2}: %m%n',
  // It says at each start of a JVM that the native library is not there, which is meant.
  'log4j.logger.org.apache.hadoop.util.NativeCodeLoader': 'ERROR',
}
