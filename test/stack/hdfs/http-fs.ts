/**
 * The HttpFS gateway: WebHDFS from one address, which passes the bytes through itself instead of redirecting. Pure.
 * Source: httpfs-default.xml of Hadoop 3.4.2.
 */
import { join } from 'node:path'
import type { ServerFiles } from '../server-files.ts'
import { siteXml } from '../site-xml.ts'
import { confFolder, type HdfsShape } from './shape.ts'

export const HTTPFS_MAIN_CLASS = 'org.apache.hadoop.fs.http.server.HttpFSServerWebServer'

/** Files of its configuration beside those that every process of HDFS has. */
export function httpFsFiles(shape: HdfsShape): ServerFiles {
  const folder = confFolder(shape, 'httpfs')
  const site = {
    'httpfs.http.hostname': '127.0.0.1',
    'httpfs.http.port': shape.ports['httpfs.http']!,
    'httpfs.hadoop.config.dir': folder,
    [`httpfs.proxyuser.${shape.user}.hosts`]: '*',
    [`httpfs.proxyuser.${shape.user}.groups`]: '*',
  }
  return new Map([
    [join(folder, 'httpfs-site.xml'), siteXml(site)],
    // Signs cookies of this gateway, which nobody else may reach: it need not be secret, but it must be there.
    [join(folder, 'httpfs-signature.secret'), 'hindcast-stack\n'],
  ])
}

/** Its folders, which it only takes as system properties. */
export function httpFsJvmOptions(shape: HdfsShape): string[] {
  const folder = confFolder(shape, 'httpfs')
  return [
    `-Dhttpfs.home.dir=${shape.directory}`,
    `-Dhttpfs.config.dir=${folder}`,
    `-Dhttpfs.log.dir=${join(shape.directory, 'logs')}`,
    `-Dhttpfs.temp.dir=${join(shape.directory, 'tmp')}`,
  ]
}
