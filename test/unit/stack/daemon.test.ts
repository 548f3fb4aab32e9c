/** Starting, waiting, stopping and taking over server processes; small Node programs stand in for the servers. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeTempDirectory, removeTempDirectory } from '../../harness/index.ts'
import { Daemon, type DaemonMode, type DaemonSpec, stopAll } from '../../stack/daemon.ts'
import { identityOf, type ProcessIdentity } from '../../stack/process-identity.ts'

/** Makes a file when it serves, and ends with SIGTERM. */
const SERVER = "require('fs').writeFileSync(process.argv[1], ''); setInterval(() => undefined, 1000)"
const STUBBORN = `process.on('SIGTERM', () => undefined); ${SERVER}`

let directory: string
const made: Daemon[] = []

beforeEach(() => {
  directory = makeTempDirectory()
})

afterEach(async () => {
  await stopAll(made.splice(0))
  removeTempDirectory(directory)
})

function daemonOf(program: string, spec: Partial<DaemonSpec> = {}, mode: DaemonMode = {}): Daemon {
  const name = spec.name ?? 'server'
  const sign = join(directory, `${name}.ready`)
  const daemon = new Daemon(
    {
      name,
      command: process.execPath,
      args: ['-e', program, sign],
      log: join(directory, 'logs', `${name}.log`),
      isReady: async () => existsSync(sign),
      readyMs: 10_000,
      ...spec,
    },
    mode,
  )
  made.push(daemon)
  return daemon
}

describe('Daemon', () => {
  it('starts, serves, stops, and starts again', async () => {
    const daemon = daemonOf(SERVER)
    expect([daemon.isRunning, daemon.pid]).toEqual([false, null])
    daemon.start()
    await daemon.waitReady()
    const { pid } = daemon
    daemon.start() // it runs: nothing happens
    expect(daemon.pid).toBe(pid)
    await daemon.stop()
    expect([daemon.isRunning, daemon.pid, identityOf(pid!)]).toEqual([false, null, null])
    daemon.start()
    await daemon.waitReady()
    expect(daemon.pid).not.toBe(pid)
  })

  it('is killed when SIGTERM does not end it', async () => {
    const daemon = daemonOf(STUBBORN, { stopMs: 100 })
    daemon.start()
    await daemon.waitReady()
    await daemon.stop()
    expect(daemon.isRunning).toBe(false)
  })

  it('stops though a test has paused it', async () => {
    const daemon = daemonOf(SERVER)
    daemon.start()
    await daemon.waitReady()
    daemon.kill('SIGSTOP')
    await daemon.stop()
    expect(daemon.isRunning).toBe(false)
  })

  it('that ends before it is ready says so at once, with the end of its log', async () => {
    const daemon = daemonOf("console.error('the port is taken'); process.exit(1)")
    daemon.start()
    await expect(daemon.waitReady()).rejects.toThrow(/server ended before it was ready\nthe port is taken$/)
  })

  it('that is never ready says what the last answer was', async () => {
    const isReady = async () => {
      throw new Error('safe mode')
    }
    const daemon = daemonOf(SERVER, { isReady, readyMs: 300 })
    daemon.start()
    await expect(daemon.waitReady()).rejects.toThrow(
      /waited 300 ms for server to be ready in vain: safe mode/,
    )
  })

  it('whose program does not exist cannot be started', () => {
    const daemon = daemonOf('', { command: join(directory, 'none') })
    expect(() => daemon.start()).toThrow(/none could not be started/)
  })

  it('is not started after an abort', () => {
    const daemon = daemonOf(SERVER, {}, { signal: AbortSignal.abort(new Error('enough')) })
    expect(() => daemon.start()).toThrow('enough')
    expect(daemon.isRunning).toBe(false)
  })

  it('is taken over by another that is told of it', async () => {
    const seen = new Map<string, ProcessIdentity>()
    const first = daemonOf(SERVER, {}, { onStart: (name, process) => seen.set(name, process) })
    first.start()
    const second = daemonOf(SERVER, {}, { running: Object.fromEntries(seen) })
    expect(second.pid).toBe(first.pid)
    await second.stop()
    expect(first.isRunning).toBe(false)
  })

  it('appends to its log', async () => {
    const daemon = daemonOf("console.log('hello')")
    for (let i = 0; i < 2; i++) {
      daemon.start()
      await daemon.waitEnded(10_000)
    }
    expect(readFileSync(daemon.log, 'utf8')).toBe('hello\nhello\n')
  })
})

describe('stopAll', () => {
  it('ends a rank before it begins with the next', async () => {
    const order: string[] = []
    const watched = (name: string, stopRank: number) => {
      const daemon = daemonOf(SERVER, { name, stopRank })
      const stop = daemon.stop.bind(daemon)
      daemon.stop = async () => {
        order.push(`${name} begins`)
        await stop()
        order.push(`${name} is gone`)
      }
      daemon.start()
      return daemon
    }
    await stopAll([watched('late', 2), watched('early', 1)])
    expect(order).toEqual(['early begins', 'early is gone', 'late begins', 'late is gone'])
  })
})
