/** Up, status and down of a stack, with small programs for servers. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type Child,
  endChildren,
  makeTempDirectory,
  removeTempDirectory,
  spawnCommand,
  waitFor,
} from '../../harness/index.ts'
import { Daemon } from '../../stack/daemon.ts'
import { identityOf } from '../../stack/process-identity.ts'
import { type OpenOptions, type OpenServers, Stack, type StackServer } from '../../stack/stack.ts'

const SERVER = 'setInterval(() => undefined, 1000)'
const FAILING = "console.error('out of memory'); process.exit(1)"

let directory: string
let said: string[]
/** The last start of HDFS, which may still be on its way. */
let startOfHdfs: Promise<void>

beforeEach(() => {
  directory = makeTempDirectory()
  said = []
})

afterEach(async () => {
  await stackOf({}).down(['hdfs', 'kafka', 'hbase'])
  await endChildren()
  removeTempDirectory(directory)
})

interface Behaviour {
  readonly isReady?: boolean
  /** HDFS starts its processes when this resolves. */
  readonly gate?: Promise<void>
}

/** A stack whose servers are two processes each, which run the given programs. */
function stackOf(
  programs: Partial<Record<'hdfs' | 'kafka' | 'hbase', string>>,
  { isReady = true, gate = Promise.resolve() }: Behaviour = {},
): Stack {
  const open =
    (program = SERVER, waitsFor = Promise.resolve()) =>
    (options: OpenOptions) =>
      openServer(options, { program, isReady, gate: waitsFor })
  const servers: OpenServers = {
    hdfs: open(programs.hdfs, gate),
    kafka: open(programs.kafka),
    hbase: open(programs.hbase),
  }
  return new Stack({ directory, say: line => said.push(line), open: servers })
}

async function openServer(
  options: OpenOptions,
  { program, isReady, gate }: Required<Behaviour> & { readonly program: string },
): Promise<StackServer> {
  const daemons = ['first', 'second'].map(
    name =>
      new Daemon(
        {
          name,
          command: process.execPath,
          args: ['-e', program],
          log: join(options.directory, `${name}.log`),
          isReady: async () => isReady && program !== FAILING,
        },
        options,
      ),
  )
  return {
    daemons,
    get places() {
      return { pids: daemons.map(daemon => daemon.pid) }
    },
    classpath: `${options.directory}/*`,
    start: () => {
      const started = gate.then(() => {
        for (const daemon of daemons) daemon.start()
      })
      if (options.directory.endsWith('hdfs')) startOfHdfs = started
      return started
    },
    waitReady: async () => {
      await Promise.all(daemons.map(daemon => daemon.waitReady()))
    },
  }
}

/** A process that did not start in the tick of that one: Linux counts starts in hundredths of a second. */
async function strangerTo(started: string): Promise<Child> {
  return waitFor(
    () => {
      const stranger = spawnCommand(process.execPath, ['-e', SERVER])
      return identityOf(stranger.pid!)?.started === started ? null : stranger
    },
    { what: 'a process of a later tick', deadlineMs: 10_000 },
  )
}

function pidsOf(line: Readonly<Record<string, object>>, server: string): (number | null)[] {
  return (line[server] as { pids: (number | null)[] }).pids
}

describe('a stack', () => {
  it('comes up, tells the same to others, and goes down', async () => {
    const { line } = await stackOf({}).up(['hdfs', 'kafka'])
    expect(Object.keys(line)).toEqual(['hdfs', 'kafka', 'classpath'])
    const other = stackOf({})
    expect(other.status()).toEqual({ line, ended: [] })
    expect((await other.down(['hdfs'])).line).toEqual({
      kafka: line.kafka,
      classpath: { kafka: expect.any(String) },
    })
    expect((await other.down(['hdfs', 'kafka'])).line).toEqual({})
    const pids = [...pidsOf(line, 'hdfs'), ...pidsOf(line, 'kafka')]
    expect(pids.map(pid => identityOf(pid!))).toEqual([null, null, null, null])
  })

  it('adds what is missing and leaves the rest alone', async () => {
    const stack = stackOf({})
    const [first, second] = pidsOf((await stack.up(['hdfs'])).line, 'hdfs')
    process.kill(first!, 'SIGKILL')
    await expect.poll(() => identityOf(first!)).toBe(null)
    expect(stack.status()).toMatchObject({
      line: { hdfs: { pids: [null, second] } },
      ended: [{ name: 'first', pid: first }],
    })
    const again = pidsOf((await stack.up(['hdfs'])).line, 'hdfs')
    expect(again[1]).toBe(second)
    expect(again[0]).not.toBe(first)
    expect(said).toContain('hdfs: starting first …')
  })

  it('never ends a process that has got the pid of one of its own', async () => {
    const stack = stackOf({})
    const [first, second] = pidsOf((await stack.up(['hdfs'])).line, 'hdfs')
    const stranger = await strangerTo(identityOf(first!)!.started)
    process.kill(first!, 'SIGKILL')
    const file = join(directory, 'stack.json')
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replaceAll(new RegExp(`\\b${first}\\b`, 'g'), String(stranger.pid)),
    )
    await stack.down(['hdfs'])
    expect(stranger.isRunning).toBe(true)
    expect(identityOf(second!)).toBe(null)
  })

  it('leaves nothing of a start that fails, and says why', async () => {
    const stack = stackOf({ kafka: FAILING })
    const before = (await stack.up(['hbase'])).line
    await expect(stack.up(['hdfs', 'kafka', 'hbase'])).rejects.toThrow(
      /ended before it was ready\nout of memory/,
    )
    expect(stack.status()).toEqual({ line: before, ended: [] })
  })

  it('starts nothing any more of the others when one server has failed', async () => {
    const gate = Promise.withResolvers<void>()
    const stack = stackOf({ kafka: FAILING }, { gate: gate.promise })
    await expect(stack.up(['hdfs', 'kafka'])).rejects.toThrow('ended before it was ready')
    gate.resolve()
    await expect(startOfHdfs).rejects.toThrow('ended before it was ready')
    expect(existsSync(join(directory, 'hdfs', 'first.log'))).toBe(false)
    expect(stack.status().line).toEqual({})
  })

  it('leaves nothing of a start that is interrupted', async () => {
    const interruption = new AbortController()
    const up = stackOf({}, { isReady: false }).up(['hdfs'], { signal: interruption.signal })
    const pids: number[] = []
    await expect
      .poll(() => {
        const { line } = stackOf({}).status()
        if (line.hdfs !== undefined) pids.push(...pidsOf(line, 'hdfs').map(Number))
        return pids.length
      })
      .toBeGreaterThan(1)
    interruption.abort(new Error('enough'))
    await expect(up).rejects.toThrow('enough')
    expect(pids.map(identityOf).filter(each => each !== null)).toEqual([])
    expect(stackOf({}).status().line).toEqual({})
  })

  it('deletes the files of what is ended only if it is told to', async () => {
    const stack = stackOf({})
    await stack.up(['hdfs', 'kafka'])
    await stack.down(['hdfs'])
    await stack.down(['kafka'], { remove: true })
    expect(['hdfs', 'kafka'].map(name => existsSync(join(directory, name)))).toEqual([true, false])
  })

  it('lets one command at a time start and end servers', async () => {
    const [first, second] = await Promise.all([stackOf({}).up(['hdfs']), stackOf({}).up(['hdfs'])])
    expect(second.line).toEqual(first.line)
  })
})
