/**
 * A real server of S3 for one test file, a bucket in it, and clients. Credentials are in the environment of this
 * process, where the SDK looks for them.
 */
import * as sdk from '@aws-sdk/client-s3'
import { afterAll, beforeAll } from 'vitest'
import type { S3Options } from '../../../src/files/index.ts'
import { S3FileSystem } from '../../../src/files/s3/s3-files.ts'
import { makeTempDirectory, removeTempDirectory } from '../../harness/index.ts'
import { type S3Server, startS3 } from '../../stack/index.ts'
import { needStack } from '../../stack/need-stack.ts'

const START_MS = 240_000
export const BUCKET = 'samples'

export interface S3Fixture {
  /** False where there is no server, and so nothing to prepare. */
  readonly isThere: boolean
  readonly server: S3Server
  /** A client of the bucket, closed with the server. */
  open(options?: Partial<S3Options>): S3FileSystem
  /** For what the file system has no call for. */
  readonly client: sdk.S3Client
}

/** For the top of a `describe`: the server is there in its tests, which are skipped aloud where it cannot be. */
export function withS3(): S3Fixture {
  const isThere = needStack()
  const clients: S3FileSystem[] = []
  let restore = (): void => undefined
  let directory: string | null = null
  let server: S3Server | null = null
  let client: sdk.S3Client | null = null

  beforeAll(async () => {
    if (!isThere) return
    directory = makeTempDirectory()
    server = await startS3({ directory })
    restore = setEnvironment(server.environment)
    client = new sdk.S3Client({
      endpoint: server.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
    })
    await client.send(new sdk.CreateBucketCommand({ Bucket: BUCKET }))
  }, START_MS)

  afterAll(async () => {
    for (const each of clients) await each.close()
    client?.destroy()
    await server?.stop()
    restore()
    if (directory !== null) removeTempDirectory(directory)
  })

  return {
    isThere,
    get server() {
      return server!
    },
    get client() {
      return client!
    },
    open(options) {
      const files = new S3FileSystem({ bucket: BUCKET, endpoint: server!.endpoint, ...options })
      clients.push(files)
      return files
    },
  }
}

/** Sets variables of this process, or takes them away; gives what undoes that. */
export function setEnvironment(changes: Readonly<Record<string, string | undefined>>): () => void {
  const before = Object.fromEntries(Object.keys(changes).map(name => [name, process.env[name]]))
  for (const [name, value] of Object.entries(changes)) {
    if (value === undefined) delete process.env[name]
    else process.env[name] = value
  }
  return () => void setEnvironment(before)
}
