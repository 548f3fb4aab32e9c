/**
 * URIs of S3, and what a client of it is told. No I/O.
 *
 *     s3://BUCKET[/KEY]        s3a: and s3n:, as Hadoop writes them, are the same
 *
 * KEY is taken as it is, not percent-decoded, as the paths of local files are: `%` and `#` are characters of a name,
 * `?` and `*` are wildcards where a pattern is meant. Inside this folder a path begins with `/`, as it does on every
 * other file system; the key is the path without it.
 */

import { HindcastError } from '../../errors.ts'
import { isLinkLocal } from '../remote/link-local.ts'

/** One bucket, as data: may be sent to a thread. Credentials are no part of it. */
export interface S3Options {
  readonly bucket: string
  /** `https://host[:port]` of what speaks S3. Default: AWS, or what AWS_ENDPOINT_URL_S3 and the profile name. */
  readonly endpoint?: string
  /** Default: AWS_REGION, then the profile, then us-east-1 where an endpoint is given. */
  readonly region?: string
  /** True: `host/bucket/key`; false: `bucket.host/key`. Default: true where `endpoint` is given. */
  readonly pathStyle?: boolean
  /** Certificates that TLS trusts, PEM. Default: those of the system. */
  readonly ca?: string
  /** Ranges in flight, of all objects. Default `s3RangesAtOnce`. */
  readonly rangesAtOnce?: number
  /** All tries of one call or range together, ms. Default `s3DeadlineMs`. */
  readonly deadlineMs?: number
  /** One try, ms. Default `s3AttemptMs`. */
  readonly attemptMs?: number
  /** Silence of the server within a try, ms. Default `s3SilenceMs`. */
  readonly silenceMs?: number
  /** Size above which an object is written in parts, and of each part, bytes. Default `s3PartBytes`. */
  readonly partBytes?: number
}

export interface S3Uri {
  readonly bucket: string
  /** From the first `/` on; `/` where there is none. */
  readonly path: string
}

export function isS3Uri(text: string): boolean {
  return /^s3[an]?:/i.test(text)
}

/** Raises `job-invalid` for what is no such URI; never repeats what may be a secret. */
export function parseS3Uri(uri: string): S3Uri {
  const match = /^s3[an]?:\/\/([^/]*)(\/.*)?$/isu.exec(uri)
  if (match === null) throw invalidUri('it does not begin with s3:// and a bucket')
  const bucket = match[1]!
  if (/[@:]/.test(bucket))
    throw invalidUri('it has more than a bucket before the path; keys come from the environment or a profile')
  // AWS has tightened its rules twice; what no server ever took is refused here, the rest by the server
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{1,254}$/.test(bucket)) throw invalidUri('no bucket has a name like that')
  return { bucket, path: match[2] ?? '/' }
}

/** `s3://bucket`, in the one form in which it is compared and shown. */
export function bucketUri(bucket: string): string {
  return `s3://${bucket}`
}

export function keyOf(path: string): string {
  return path.slice(1)
}

/** `http://host:port` without a slash at the end. Raises `job-invalid`; never repeats what may be a secret. */
export function checkedEndpoint(endpoint: string): string {
  const url = URL.parse(endpoint)
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '')
    throw invalidEndpoint('it is no http: or https: address')
  if (url.username !== '' || url.password !== '' || url.search !== '' || url.hash !== '')
    throw invalidEndpoint('it has a user, a password, a query or a fragment')
  if (isLinkLocal(url.hostname)) throw invalidEndpoint('it is a link-local address')
  return url.href.replace(/\/+$/, '')
}

function invalidUri(why: string): HindcastError {
  return new HindcastError('job-invalid', `not a URI of S3: ${why}`, {
    advice: 'Write s3://bucket/prefix; keys are never part of it.',
  })
}

function invalidEndpoint(why: string): HindcastError {
  return new HindcastError('job-invalid', `\`endpoint\` cannot be used: ${why}`, {
    advice: 'Write the address of the server, such as https://s3.oss-eu-central-1.aliyuncs.com.',
  })
}
