/**
 * The main job with its history and features in S3 and its run copied there, against the same job from local files.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as sdk from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { loadJob } from '../../../src/job/index.ts'
import { planJob, type RunOutcome, runPlan, verifyRun } from '../../../src/run/index.ts'
import {
  killAt,
  lastJsonLine,
  makeTempDirectory,
  removeTempDirectory,
  runHindcast,
} from '../../harness/index.ts'
import { makeWorld, type World, writeJob } from '../run/world.ts'
import { chunksOf } from '../webhdfs/hdfs-fixture.ts'
import { BUCKET, withS3 } from './s3-fixture.ts'

describe('the main job in S3', () => {
  const s3 = withS3()
  const directory = makeTempDirectory()
  let world: World
  let local: RunOutcome

  beforeAll(async () => {
    if (!s3.isThere) return
    if (s3.server === null) return
    world = await makeWorld(directory, { seed: 5, historyRows: 40_000, liveRows: 5000 })
    local = await runPlan(await planJob(await loadJob(world.jobFile)), {
      directory: join(directory, 'local'),
      lanes: 2,
    })
    for (const folder of ['history', 'features']) await upload(folder)
  }, 120_000)
  afterAll(() => removeTempDirectory(directory))

  /** Writes a job whose files, and output if it has a name, are in the bucket. */
  function jobInS3(name: string, output?: string): string {
    const { endpoint } = s3.server
    const history = { files: `s3a://${BUCKET}/world/history/f*.parquet`, endpoint }
    const stats = {
      from: {
        files: `s3://${BUCKET}/world/features/`,
        endpoint,
        key: 'key',
        time: { column: 'known', unit: 'ms' },
        columns: ['n', 'share'],
      },
      on: ['k'],
      maxAge: '12h',
    }
    return writeJob(world, name, {
      stream: { history },
      features: { stats },
      ...(output === undefined ? {} : { output: { directory: `s3://${BUCKET}/${output}`, endpoint } }),
    })
  }

  async function upload(folder: string): Promise<void> {
    for (const name of readdirSync(join(directory, folder))) {
      const bytes = readFileSync(join(directory, folder, name))
      await s3.open().writeFile(`/world/${folder}/${name}`, () => chunksOf(bytes), { overwrite: true })
    }
  }

  it('has the digest that it has from local files, and so has its copy', async () => {
    const jobFile = jobInS3('s3.yaml', 'runs/a')
    const run = join(directory, 's3')
    const plan = await planJob(await loadJob(jobFile))
    expect(plan.streams[0]!.files.map(file => file.path)).toEqual(
      [0, 1, 2, 3].map(i => `s3://${BUCKET}/world/history/f${i}.parquet`),
    )
    const outcome = await runPlan(plan, { directory: run, lanes: 2 })
    expect(outcome).toMatchObject({ state: 'complete', digest: local.digest, rows: local.rows })
    const copy = `s3://${BUCKET}/runs/a`
    const access = { endpoint: s3.server.endpoint }
    expect(await verifyRun(copy, join(directory, 'local'), access)).toMatchObject({
      equal: true,
      digest: local.digest,
      rows: local.rows,
    })
    await expectSameFiles(run, 'runs/a')

    const args = ['verify', run, copy, '--endpoint', s3.server.endpoint, '--json']
    const verified = await runHindcast(args)
    expect(verified.code, verified.stderr).toBe(0)
    expect(lastJsonLine(verified)).toMatchObject({ equal: true, digest: local.digest })
  }, 120_000)

  it('that is killed while it copies goes on, and ends with the same copy', async () => {
    const jobFile = jobInS3('killed.yaml', 'runs/killed')
    const run = join(directory, 'killed')
    const args = ['run', jobFile, '--run', run]
    const killed = await runHindcast(args, { env: killAt('manifest-appended', 3) })
    expect(killed.signal, killed.stderr).toBe('SIGKILL')
    const ended = await runHindcast(args)
    expect(ended.code, ended.stderr).toBe(0)
    const access = { endpoint: s3.server.endpoint }
    expect(await verifyRun(`s3://${BUCKET}/runs/killed`, undefined, access)).toMatchObject({
      equal: true,
      digest: local.digest,
    })
    await expectSameFiles(run, 'runs/killed')
  }, 120_000)

  it('does not overwrite the copy of another run', async () => {
    const run = join(directory, 'other')
    const ended = await runHindcast(['run', jobInS3('other.yaml', 'runs/a'), '--run', run])
    expect(ended.code, ended.stdout).toBe(2)
    expect(ended.stderr).toContain('run-mismatch')
    expect(ended.stderr).toContain(`s3://${BUCKET}/runs/a`)
  }, 60_000)

  it('does not go on where an object was replaced between plan and run', async () => {
    const plan = await planJob(await loadJob(jobInS3('replaced.yaml')))
    const path = '/world/history/f2.parquet'
    const other = readFileSync(join(directory, 'history/f1.parquet'))
    await s3.open().writeFile(path, () => chunksOf(other), { overwrite: true })
    try {
      const failed = runPlan(plan, { directory: join(directory, 'replaced'), lanes: 2 })
      await expect(failed).rejects.toMatchObject({
        code: 'file-changed',
        message: expect.stringContaining(`s3://${BUCKET}${path}`),
      })
    } finally {
      await upload('history')
    }
  }, 60_000)

  it('loads features from S3 into a store', async () => {
    const store = join(directory, 'store')
    const args = ['--table', 't', '--key', 'key', '--time', 'known:ms', '--endpoint', s3.server.endpoint]
    const loaded = await runHindcast(['features', 'load', store, `s3://${BUCKET}/world/features/*`, ...args])
    expect(loaded.code, loaded.stderr).toBe(0)
  }, 60_000)

  it('names the bucket that is not there', async () => {
    const jobFile = jobInS3('none.yaml')
    const text = readFileSync(jobFile, 'utf8').replaceAll(`//${BUCKET}/`, '//none-of-ours/')
    writeFileSync(jobFile, text)
    const failed = await runHindcast(['plan', jobFile])
    expect(failed.code).toBe(3)
    expect(failed.stderr).toContain('NoSuchBucket')
  }, 60_000)

  /** All files of the run are there under their names, and nothing else. */
  async function expectSameFiles(run: string, prefix: string): Promise<void> {
    const isOfRun = (name: string) => !/^(checkpoint\/|lock|spill)/.test(name)
    const here = readdirSync(run, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name).slice(run.length + 1))
    const { Contents = [] } = await s3.client.send(
      new sdk.ListObjectsV2Command({ Bucket: BUCKET, Prefix: `${prefix}/` }),
    )
    const there = Contents.map(({ Key }) => Key!.slice(prefix.length + 1))
    expect(there.filter(isOfRun).sort()).toEqual(here.filter(isOfRun).sort())
    const { Uploads = [] } = await s3.client.send(new sdk.ListMultipartUploadsCommand({ Bucket: BUCKET }))
    expect(Uploads).toEqual([])
  }
})
