/**
 * The AWS SDK, which is installed only by those who use S3: loaded when the first s3: URI is met, in each thread that
 * meets one. It signs requests and knows where credentials come from; retries, deadlines and bounds are ours.
 *
 * Credentials come from the SDK's default chain alone (environment, profile, role of the machine).
 */

import type { Readable } from 'node:stream'
import type * as Sdk from '@aws-sdk/client-s3'
import { HindcastError } from '../../errors.ts'
import { LIMITS } from '../../limits.ts'
import { connectionOptions } from '../webhdfs/http-exchange.ts'
import { boundedBody } from './bounded-body.ts'
import { checkedEndpoint, type S3Options } from './s3-uri.ts'

export type S3Sdk = typeof Sdk

/** Region of servers that have none; each client has to name one, because it is part of the signature. */
const ANY_REGION = 'us-east-1'

/** Raises `unsupported` where it is not installed or broken, and says what to install. `load` is for tests. */
export async function loadSdk(
  load: () => Promise<S3Sdk> = () => import('@aws-sdk/client-s3'),
): Promise<S3Sdk> {
  try {
    return await load()
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND'
    const why = isMissing ? 'is not installed' : `cannot be loaded: ${(error as Error).message}`
    throw new HindcastError('unsupported', `s3: URIs need the package @aws-sdk/client-s3, which ${why}`, {
      advice: 'Type: npm install @aws-sdk/client-s3@3',
    })
  }
}

/** A client of one bucket's server. */
export function newClient(sdk: S3Sdk, options: S3Options): Sdk.S3Client {
  const { region, ca } = options
  const endpoint = options.endpoint === undefined ? undefined : checkedEndpoint(options.endpoint)
  const pathStyle = options.pathStyle ?? hasOwnEndpoint(endpoint)
  const agent = { keepAlive: true, maxSockets: LIMITS.s3ConnectionsMax, ...connectionOptions(ca) }
  const client = new sdk.S3Client({
    ...(endpoint === undefined ? {} : { endpoint, region: regionFromEnvironment() }),
    ...(region === undefined ? {} : { region }),
    forcePathStyle: pathStyle,
    followRegionRedirects: endpoint === undefined,
    maxAttempts: 1,
    // the SDK takes a new connection for each request that waits for `100 Continue`
    expectContinueHeader: false,
    // what is sent carries its MD5, which every server knows; their checksums are known to few
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: {
      connectionTimeout: LIMITS.s3ConnectMs,
      httpAgent: agent,
      httpsAgent: agent,
    },
  })
  addReplyBound(client)
  return client
}

function hasOwnEndpoint(endpoint: string | undefined): boolean {
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env
  return [endpoint, AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL].some(each => each !== undefined && each !== '')
}

function regionFromEnvironment(): string {
  return process.env.AWS_REGION || process.env.AWS_DEFAULT_REGION || ANY_REGION
}

/** The SDK gathers every reply but an object's in memory, whatever its length. */
function addReplyBound(client: Sdk.S3Client): void {
  client.middlewareStack.add(
    (next, { commandName }) =>
      async args => {
        const result = await next(args)
        const response = result.response as { body?: Readable; statusCode?: number }
        const isObject = commandName === 'GetObjectCommand' && (response.statusCode ?? 0) < 300
        if (response.body !== undefined && !isObject)
          response.body = boundedBody(response.body, LIMITS.s3ReplyBytesMax)
        return result
      },
    { step: 'deserialize', name: 'hindcastReplyBound', priority: 'low' },
  )
}
