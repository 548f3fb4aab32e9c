/** Flags of commands that read files over the network, and locations on the command line. */

import { resolve } from 'node:path'
import type { Command } from 'commander'
import { isRemoteUri } from '../files/index.ts'
import type { RemoteAccess } from '../job/index.ts'

export interface RemoteFlags {
  readonly user?: string
  readonly dataNodes?: string
  readonly ca?: string
  readonly endpoint?: string
  readonly region?: string
  readonly pathStyle?: boolean
}

export function addRemoteFlags(command: Command): Command {
  return command
    .option('--user <name>', 'user that HDFS is told (default: HADOOP_USER_NAME)')
    .option('--data-nodes <hosts>', 'hosts that a NameNode may send to, separated by commas')
    .option('--ca <file>', 'certificates that swebhdfs: and s3: trust, PEM')
    .option('--endpoint <url>', 'server that speaks S3 (default: AWS, or AWS_ENDPOINT_URL_S3)')
    .option('--region <name>', 'region of S3 (default: AWS_REGION, or that of the profile)')
    .option('--path-style', 'S3 with the bucket in the path; default where --endpoint is given')
    .option('--no-path-style', 'S3 with the bucket in the host name')
}

export function accessOf(flags: RemoteFlags): RemoteAccess {
  const { user, dataNodes, ca, endpoint, region, pathStyle } = flags
  return {
    ...(user === undefined ? {} : { user }),
    ...(dataNodes === undefined ? {} : { dataNodes: dataNodes.split(',').map(host => host.trim()) }),
    ...(ca === undefined ? {} : { ca }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(region === undefined ? {} : { region }),
    ...(pathStyle === undefined ? {} : { pathStyle }),
  }
}

/** An absolute path, or the URI as it is. */
export function resolveLocation(text: string): string {
  return isRemoteUri(text) ? text : resolve(text)
}
