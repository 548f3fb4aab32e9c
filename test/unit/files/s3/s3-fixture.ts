/** A server in memory and a file system over it for each test, with credentials in the environment. */
import { afterEach, beforeEach, vi } from 'vitest'
import type { S3Options } from '../../../../src/files/index.ts'
import { S3FileSystem } from '../../../../src/files/s3/s3-files.ts'
import { FakeS3 } from './fake-s3.ts'

/** Keys that are never to be seen in an error, and nothing of whoever runs the tests. */
const ENVIRONMENT: Readonly<Record<string, string | undefined>> = {
  AWS_ACCESS_KEY_ID: 'AKIAHUNTER2',
  AWS_SECRET_ACCESS_KEY: 'hunter2',
  AWS_SESSION_TOKEN: undefined,
  AWS_PROFILE: undefined,
  AWS_CONFIG_FILE: '/dev/null',
  AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
}

export interface FakeS3Fixture {
  readonly server: FakeS3
  readonly files: S3FileSystem
}

export function withFakeS3(options: Partial<S3Options> = {}): FakeS3Fixture {
  let server: FakeS3 | null = null
  let files: S3FileSystem | null = null

  beforeEach(async () => {
    for (const [name, value] of Object.entries(ENVIRONMENT)) vi.stubEnv(name, value)
    server = await FakeS3.start()
    files = new S3FileSystem({ bucket: 'bucket', endpoint: server.endpoint, deadlineMs: 3000, ...options })
  })

  afterEach(async () => {
    await files?.close()
    await server?.[Symbol.asyncDispose]()
    vi.unstubAllEnvs()
  })

  return {
    get server() {
      return server!
    },
    get files() {
      return files!
    },
  }
}

export async function* chunksOf(bytes: Uint8Array, chunkBytes = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes)
}

export function bytesOf(length: number, seed = 0): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, i) => (Math.imul(i + seed, 2654435761) >>> 13) & 0xff))
}
