/**
 * A real server that speaks S3 on this machine: S3Proxy over a folder, one process that can be killed, stopped and
 * started again with the same port and objects. Source: README and Wiki of gaul/s3proxy.
 *
 *     const s3 = await startS3({ directory })
 *     s3.endpoint        http://127.0.0.1:…
 *     s3.environment     what the AWS SDK reads its credentials from
 *     await s3.stop()
 */
import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Daemon, type DaemonMode } from '../daemon.ts'
import { ensureJars } from '../jars.ts'
import { javaArgs } from '../java.ts'
import { choosePorts } from '../ports.ts'
import { writeServerFiles } from '../server-files.ts'

const HEAP_MIB = 128
const ACCESS_KEY = 'hindcast-stack'
const SECRET_KEY = 'not-secret-only-this-machine-can-ask'

export interface S3ServerOptions extends DaemonMode {
  /** Made if it is not there; removed by whoever made it. */
  readonly directory: string
  /** Gets a line when something takes long. */
  readonly say?: (line: string) => void
}

export class S3Server extends Daemon {
  readonly endpoint: string

  constructor(directory: string, jars: string, port: number, mode: DaemonMode) {
    const endpoint = `http://127.0.0.1:${port}`
    const logging = `-Dlogback.configurationFile=${logFile(directory)}`
    super(
      {
        name: 's3proxy',
        command: 'java',
        args: [
          ...javaArgs('org.gaul.s3proxy.Main', {
            classpath: join(jars, '*'),
            heapMiB: HEAP_MIB,
            options: [logging],
          }),
          ...['--properties', propertiesFile(directory)],
        ],
        log: join(directory, 'logs', 's3proxy.log'),
        isReady: () => answers(endpoint),
      },
      mode,
    )
    this.endpoint = endpoint
  }

  /** Credentials that the server knows, as the AWS SDK reads them, and nothing of whoever runs the tests. */
  get environment(): Readonly<Record<string, string | undefined>> {
    return {
      AWS_ACCESS_KEY_ID: ACCESS_KEY,
      AWS_SECRET_ACCESS_KEY: SECRET_KEY,
      AWS_SESSION_TOKEN: undefined,
      AWS_PROFILE: undefined,
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
    }
  }
}

/** Starts a server and waits until it serves. Throws StackError; then nothing is left running. */
export async function startS3(options: S3ServerOptions): Promise<S3Server> {
  const directory = resolve(options.directory)
  const jars = await ensureJars('s3proxy', options.say === undefined ? {} : { say: options.say })
  const { http } = await choosePorts(['http'])
  mkdirSync(join(directory, 'objects'), { recursive: true })
  writeServerFiles(s3Files(directory, http))
  const server = new S3Server(directory, jars, http, options)
  server.start()
  try {
    await server.waitReady()
  } catch (error) {
    await server.stop()
    throw error
  }
  return server
}

/** An answer of S3 itself: whoever signs nothing is told so. */
async function answers(endpoint: string): Promise<boolean> {
  const reply = await fetch(endpoint, { signal: AbortSignal.timeout(5000) })
  return reply.status === 403 && (await reply.text()).includes('<Code>AccessDenied</Code>')
}

function s3Files(directory: string, port: number): ReadonlyMap<string, string> {
  const properties = {
    's3proxy.endpoint': `http://127.0.0.1:${port}`,
    's3proxy.authorization': 'aws-v2-or-v4',
    's3proxy.identity': ACCESS_KEY,
    's3proxy.credential': SECRET_KEY,
    'jclouds.provider': 'filesystem-nio2',
    'jclouds.filesystem.basedir': join(directory, 'objects'),
  }
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`)
  const log =
    '<configuration><appender name="out" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%d %level %msg%n</pattern></encoder></appender><root level="warn"><appender-ref ref="out"/></root></configuration>\n'
  return new Map([
    [propertiesFile(directory), lines.join('')],
    [logFile(directory), log],
  ])
}

function propertiesFile(directory: string): string {
  return join(directory, 'conf', 's3proxy.properties')
}

function logFile(directory: string): string {
  return join(directory, 'conf', 'logback.xml')
}
