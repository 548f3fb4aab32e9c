/** How files over the network are reached: `user`, `endpoint` and the like beside `files:` or `directory:`. */

import type { RemoteAccess } from './job.ts'
import { readLocation } from './location.ts'
import type { JobPath } from './problem.ts'
import type { ValueReader } from './value-reader.ts'

interface AccessInput {
  readonly user?: string | undefined
  readonly dataNodes?: readonly string[] | undefined
  readonly checksums?: boolean | undefined
  readonly ca?: string | undefined
  readonly endpoint?: string | undefined
  readonly region?: string | undefined
  readonly pathStyle?: boolean | undefined
}

/** Keys by what they have an effect on. */
const OF_HDFS = ['user', 'dataNodes', 'checksums'] as const
const OF_S3 = ['endpoint', 'region', 'pathStyle'] as const

const ENDPOINT = /^https?:\/\/[^\s/?#@]+(\/[^\s?#@]*)?$/i

/** Nothing where all locations are local. What is given and has no effect there is a problem. */
export function resolveAccess(
  locations: string | readonly string[],
  input: AccessInput,
  path: JobPath,
  read: ValueReader,
): { access?: RemoteAccess } {
  const uris = [locations].flat().flatMap(text => {
    const location = readLocation(text, '/')
    return location.kind === 'remote' ? [location.uri] : []
  })
  const hasS3 = uris.some(uri => uri.startsWith('s3:'))
  const hasHdfs = uris.some(uri => !uri.startsWith('s3:'))
  const refuse = (keys: readonly (keyof AccessInput)[], where: string): void => {
    for (const key of keys)
      if (input[key] !== undefined)
        read.list.add([...path, key], `has no effect on ${where}`, 'Leave it out.')
  }
  if (!hasS3 && !hasHdfs) {
    refuse([...OF_HDFS, 'ca', ...OF_S3], 'local files')
    return {}
  }
  if (!hasHdfs) refuse(OF_HDFS, 'S3')
  if (!hasS3) refuse(OF_S3, 'HDFS')
  const { user, dataNodes, checksums, ca, endpoint, region, pathStyle } = input
  // what was given is not repeated: it may have a secret in it
  if (endpoint !== undefined && !ENDPOINT.test(endpoint))
    read.list.add(
      [...path, 'endpoint'],
      'expected http:// or https:// and a host, without a user or a query',
      'Write the address of the server, such as https://s3.example.com:9000; keys come from the environment.',
    )
  return {
    access: {
      ...(user === undefined ? {} : { user }),
      ...(dataNodes === undefined ? {} : { dataNodes }),
      ...(checksums === undefined ? {} : { checksums }),
      ...(ca === undefined ? {} : { ca: read.location(ca, [...path, 'ca']) }),
      ...(endpoint === undefined ? {} : { endpoint }),
      ...(region === undefined ? {} : { region }),
      ...(pathStyle === undefined ? {} : { pathStyle }),
    },
  }
}
