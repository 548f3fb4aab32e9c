import { EventEmitter } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { main } from '../../../src/cli/index.ts'
import { HindcastError } from '../../../src/errors.ts'
import { type Job, loadJob } from '../../../src/job/index.ts'
import { parsePlan } from '../../../src/plan/index.ts'
import type { RunOutcome } from '../../../src/run/index.ts'
import { OUTCOME, planOf, record, runMain, runUntilStopped } from './recorder.ts'

const JOB = `name: j
streams:
  s:
    key: [k]
    time: { column: t, unit: ms }
    history: { files: "data/*.parquet" }
limits: { lanes: 2 }
`

let directory = ''
let job = ''

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'hindcast-main-'))
  job = join(directory, 'job.yaml')
  writeFileSync(job, JOB)
})

afterAll(() => {
  rmSync(directory, { recursive: true })
})

function lastLine(stdout: string): unknown {
  return JSON.parse(stdout.trimEnd().split('\n').at(-1)!)
}

describe('help and arguments', () => {
  it('prints help and version on stdout when asked', async () => {
    const help = await runMain(['--help'])
    expect(help).toMatchObject({ code: 0, stderr: '' })
    expect(help.stdout).toMatch(
      /plan .*<job>[\s\S]*run .*\[job\][\s\S]*verify[\s\S]*inspect[\s\S]*log[\s\S]*features[\s\S]*demo[\s\S]*Exit codes:[\s\S]*99 nothing to do/,
    )
    const { version } = JSON.parse(
      readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'),
    ) as { version: string }
    expect(await runMain(['--version'])).toMatchObject({ code: 0, stdout: `${version}\n` })
    expect((await runMain(['run', '--help'])).stdout).toMatch(/--allow-unproven-seam/)
  })

  it('prints help on stderr when there is no command', async () => {
    const ended = await runMain([])
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toMatch(/^Usage: hindcast/)
  })

  it.each([
    [['pln'], /^error argument-invalid: unknown command 'pln'\n[\s\S]*Did you mean plan\?/],
    [['plan'], /missing required argument 'job'/],
    [['plan', 'a', 'b'], /too many arguments/],
    [['plan', 'a', '--jsn'], /unknown option '--jsn'[\s\S]*Did you mean --json\?/],
    [['run'], /neither a job file nor --plan/],
    [['run', 'a', '--lanes', 'many'], /'many' is invalid. Expected a whole number from 1 to 64/],
    [['run', 'a', '--lanes', '65'], /'65' is invalid/],
    [['run', 'a', '--progress', 'dots'], /Allowed choices are bar, json, none/],
  ])('refuses %j with exit 2, told once', async (argv, message) => {
    const ended = await runMain(argv)
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toMatch(message)
    expect(ended.stderr.match(/error argument-invalid/g)).toHaveLength(1)
    expect(ended.stderr).toMatch(/what to do/)
  })
})

describe('errors', () => {
  it('tell a job file problem with its line, and exit 2', async () => {
    const bad = join(directory, 'bad.yaml')
    writeFileSync(bad, JOB.replace('history', 'histroy'))
    const ended = await runMain(['plan', bad])
    expect(ended.code).toBe(2)
    expect(ended.stderr).toMatch(
      /^error job-invalid: .*bad\.yaml:6: streams\.s\.histroy: unknown key[\s\S]*Did you mean "history"/,
    )
    expect(ended.calls).toEqual([])
  })

  it('are the last line of stdout with --json', async () => {
    const ended = await runMain(['run', join(directory, 'nope.yaml'), '--json'])
    expect(ended.code).toBe(2)
    expect(lastLine(ended.stdout)).toMatchObject({
      error: { code: 'job-unreadable', where: { uri: expect.stringMatching(/nope/) } },
    })
  })

  it('print a stack only with --verbose, before or after the command', async () => {
    const verifyRun = async (): Promise<never> => {
      throw new TypeError('x is not a function')
    }
    for (const argv of [
      ['verify', 'a', '--verbose'],
      ['--verbose', 'verify', 'a'],
    ]) {
      const ended = await runMain(argv, { answers: { verifyRun } })
      expect(ended.code).toBe(70)
      expect(ended.stderr).toMatch(/TypeError: x is not a function\n {4}at /)
    }
    const quiet = await runMain(['verify', 'a'], { answers: { verifyRun } })
    expect(quiet.stderr).not.toMatch(/ {4}at /)
    expect(quiet.stderr).toMatch(/error bug: [\s\S]*--verbose/)
  })

  it('of a missing API are reported, not thrown', async () => {
    const terminal = record()
    const code = await main(['verify', 'a'], {
      terminal,
      loadApi: () => Promise.reject(new Error('cannot load')),
    })
    expect(code).toBe(70)
    expect(terminal.stderr).toMatch(/cannot load/)
  })
})

describe('hindcast plan', () => {
  it('prints the plan in words', async () => {
    const ended = await runMain(['plan', job])
    expect(ended).toMatchObject({ code: 0, stderr: '' })
    expect(ended.stdout).toMatch(/^j: 0 files[\s\S]*plan [0-9a-f]{64}, pinned\n$/)
  })

  it('prints it as JSON, and writes it for run --plan', async () => {
    const out = join(directory, 'plan.json')
    const ended = await runMain(['plan', job, '--json', '--out', out])
    const plan = parsePlan(ended.stdout, 'stdout')
    expect(parsePlan(readFileSync(out, 'utf8'), out)).toEqual(plan)
    expect(plan.job).toEqual(await loadJob(job))
  })

  it('says so where the plan cannot be written', async () => {
    const ended = await runMain(['plan', job, '--out', directory])
    expect(ended.code).toBe(75)
    expect(ended.stderr).toMatch(/error io-failed/)
  })
})

describe('hindcast run', () => {
  const ran = (ended: {
    calls: readonly { name: string; args: readonly unknown[] }[]
  }): Record<string, unknown> => {
    const call = ended.calls.find(one => one.name === 'runPlan')!
    return { job: (call.args[0] as { job: Job }).job, ...(call.args[1] as object) }
  }

  it('plans and runs into the directory of the job', async () => {
    const ended = await runMain(['run', job])
    expect(ended.code).toBe(0)
    expect(ended.calls.map(call => call.name)).toEqual(['planJob', 'runPlan'])
    expect(ran(ended)).toMatchObject({
      directory: join(directory, 'out'),
      lanes: 2,
      allowUnprovenSeam: false,
    })
    expect(ran(ended)).not.toHaveProperty('after')
    expect(ended.stdout).toMatch(/^complete .*3,000,000 samples/)
  })

  it('hands on every option', async () => {
    const ended = await runMain([
      'run',
      job,
      '--run',
      'r',
      '--after',
      'b',
      '--lanes',
      '7',
      '--allow-unproven-seam',
    ])
    expect(ran(ended)).toMatchObject({
      directory: resolve('r'),
      after: resolve('b'),
      lanes: 7,
      allowUnprovenSeam: true,
    })
  })

  it('prints the result as the last line with --json, and nothing else on stdout', async () => {
    const ended = await runMain(['run', job, '--json'])
    expect(ended.stdout).toBe(`${JSON.stringify(OUTCOME)}\n`)
  })

  it('takes a plan, with or without its job', async () => {
    const file = join(directory, 'given.json')
    writeFileSync(file, JSON.stringify(planOf(await loadJob(job))))
    for (const argv of [
      ['run', '--plan', file],
      ['run', job, '--plan', file],
    ]) {
      const ended = await runMain(argv)
      expect(ended.code).toBe(0)
      expect(ended.calls.map(call => call.name)).toEqual(['runPlan'])
    }
  })

  it('refuses a plan of another job, a plan that was edited, and one that is missing', async () => {
    const file = join(directory, 'other.json')
    const plan = planOf(await loadJob(job))
    const other = join(directory, 'other.yaml')
    writeFileSync(other, JOB.replace('name: j', 'name: k'))
    writeFileSync(file, JSON.stringify(plan))
    const refused = await runMain(['run', other, '--plan', file])
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(
      /error plan-invalid: the plan was not made for .*other\.yaml[\s\S]*hindcast plan .*--out/,
    )
    writeFileSync(file, JSON.stringify({ ...plan, plannedAtMs: 5 }))
    expect((await runMain(['run', '--plan', file])).stderr).toMatch(/error plan-invalid/)
    expect((await runMain(['run', '--plan', join(directory, 'none.json')])).stderr).toMatch(
      /error plan-invalid: .*cannot be read/,
    )
  })

  it('goes on with the plan of an unfinished run of the same job', async () => {
    const run = join(directory, 'begun')
    mkdirSync(run)
    const begun = planOf(await loadJob(job))
    writeFileSync(join(run, 'plan.json'), JSON.stringify(begun))
    const ended = await runMain(['run', job, '--run', run, '--lanes', '4'])
    expect(ended.calls.map(call => call.name)).toEqual(['runPlan'])
    expect(ended.calls[0]!.args[0]).toEqual(begun)
    expect(ran(ended)).toMatchObject({ lanes: 4 })
    writeFileSync(join(directory, 'more.yaml'), JOB.replace('lanes: 2', 'lanes: 3'))
    const lanes = await runMain(['run', join(directory, 'more.yaml'), '--run', run])
    expect(lanes.calls.map(call => call.name)).toEqual(['runPlan'])
    expect(ran(lanes)).toMatchObject({ lanes: 3 })
    writeFileSync(join(directory, 'less.yaml'), JOB.replace('lanes: 2', 'memory: 512MiB'))
    const changed = await runMain(['run', join(directory, 'less.yaml'), '--run', run])
    expect(changed.calls.map(call => call.name)).toEqual(['planJob', 'runPlan'])
  })

  it('leaves a damaged plan in the directory to the run', async () => {
    const run = join(directory, 'damaged')
    mkdirSync(run)
    writeFileSync(join(run, 'plan.json'), '{')
    const ended = await runMain(['run', job, '--run', run])
    expect(ended.calls.map(call => call.name)).toEqual(['planJob', 'runPlan'])
  })

  it('ends with 4 where the seam is not proven, unless that is allowed', async () => {
    const seam = {
      proven: false,
      by: 'time',
      doubled: 0,
      gaps: 1,
      reason: 'no identity',
      pending: false,
    } as const
    const answers = { runPlan: async () => ({ ...OUTCOME, seam }) }
    expect((await runMain(['run', job], { answers })).code).toBe(4)
    expect((await runMain(['run', job, '--allow-unproven-seam'], { answers })).code).toBe(0)
    const pending = { runPlan: async () => ({ ...OUTCOME, seam: { ...seam, pending: true } }) }
    expect((await runMain(['run', job], { answers: pending })).code).toBe(0)
  })

  it('ends with the code of the error, its progress line closed first', async () => {
    const progress = {
      rows: 1,
      rowsTotal: 2,
      watermarkMs: null,
      rowsPerSecond: 1,
      secondsLeft: null,
      phase: 'history',
    } as const
    const ended = await runMain(['run', job], {
      isTty: true,
      answers: {
        runPlan: async (_plan, options) => {
          options.onProgress?.(progress)
          throw new HindcastError('quarantine-limit', 'too many bad rows', { advice: 'Look at quarantine/.' })
        },
      },
    })
    expect(ended.code).toBe(3)
    expect(ended.stderr).toMatch(/50\.0 %.*\nerror quarantine-limit: too many bad rows\n/)
  })

  it('prints progress as JSON lines on stderr with --progress json', async () => {
    const progress = {
      rows: 1,
      rowsTotal: 2,
      watermarkMs: 0,
      rowsPerSecond: 1,
      secondsLeft: 1,
      phase: 'live',
    } as const
    const ended = await runMain(['run', job, '--progress', 'json', '--json'], {
      answers: {
        runPlan: async (_plan, options) => {
          options.onProgress?.(progress)
          return OUTCOME
        },
      },
    })
    expect(ended.stderr).toBe(`${JSON.stringify(progress)}\n`)
    expect(lastLine(ended.stdout)).toEqual(OUTCOME)
  })
})

describe('SIGINT and SIGTERM', () => {
  const interrupted = async (): Promise<RunOutcome> => ({ ...OUTCOME, state: 'interrupted' })

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s ends a run after its checkpoint with %d', async (signal, code) => {
    const signals = new EventEmitter()
    const runPlan = runUntilStopped(signals, [signal], interrupted)
    const ended = await runMain(['run', job, '--json'], { signals, answers: { runPlan } })
    expect(ended.code).toBe(code)
    expect(ended.stderr).toMatch(new RegExp(`${signal}: stopping after a checkpoint`))
    expect(lastLine(ended.stdout)).toMatchObject({ state: 'interrupted' })
    expect(ended.quits).toEqual([])
    expect(signals.eventNames()).toEqual([])
  })

  it.each([
    ['interrupted', () => new HindcastError('interrupted', 'stopped')],
    ['an AbortError', () => new DOMException('aborted', 'AbortError')],
  ])('end with 143 if the run throws %s', async (_what, error) => {
    const signals = new EventEmitter()
    const runPlan = runUntilStopped(signals, ['SIGTERM'], () => Promise.reject(error()))
    const ended = await runMain(['run', job], { signals, answers: { runPlan } })
    expect(ended.code).toBe(143)
    expect(ended.stderr).toMatch(/error interrupted/)
  })

  it('quit at once the second time', async () => {
    const signals = new EventEmitter()
    const runPlan = runUntilStopped(signals, ['SIGINT', 'SIGTERM'], interrupted)
    const ended = await runMain(['run', job], { signals, answers: { runPlan } })
    expect(ended.quits).toEqual([130])
  })

  it('stop planning as well', async () => {
    const signals = new EventEmitter()
    const ended = await runMain(['plan', job], {
      signals,
      answers: {
        planJob: async (_job, options) => {
          signals.emit('SIGINT')
          options!.signal!.throwIfAborted()
          throw new Error('was not aborted')
        },
      },
    })
    expect(ended.code).toBe(130)
  })
})
