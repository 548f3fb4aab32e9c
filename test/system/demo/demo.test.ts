/** `hindcast demo` as a user types it, on fewer flights. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { DemoCheck } from '../../../src/demo/index.ts'
import type { RunOutcome } from '../../../src/run/index.ts'
import { lastJsonLine, runHindcast, spawnHindcast, withTempDirectory } from '../../harness/index.ts'

interface DemoResult {
  readonly run: RunOutcome
  readonly verified: boolean
  readonly check: DemoCheck
}

const DEADLINE = { deadlineMs: 180_000 }

async function demo(
  directory: string,
  ...more: readonly string[]
): Promise<{ result: DemoResult; stdout: string }> {
  const ended = await runHindcast(['demo', '--directory', directory, '--json', ...more], DEADLINE)
  expect(ended.code, ended.stderr).toBe(0)
  return { result: lastJsonLine<DemoResult>(ended), stdout: ended.stdout }
}

describe('hindcast demo', () => {
  it('replays, hands over to a log that is being written, joins without looking ahead, and proves it', () =>
    withTempDirectory(async root => {
      const directory = join(root, 'demo')
      const { result, stdout } = await demo(directory, '--rows', '60000')
      const { run, check } = result
      expect(run).toMatchObject({ state: 'complete', partitions: 4, quarantined: 0 })
      expect(run.seam).toMatchObject({ proven: true, by: 'time', gaps: 0, reason: null })
      expect(run.seam!.doubled).toBeGreaterThan(80)
      expect(run.features.airport!.hit).toBeGreaterThan(50_000)
      expect(run.features.airport!.unavailable).toBe(0)
      expect(result.verified).toBe(true)
      expect(check).toMatchObject({
        missing: 0,
        surplus: 0,
        outOfOrder: 0,
        leaks: 0,
        differing: 0,
        late: run.late,
      })
      expect(check.samples).toBe(run.rows)
      expect(check.recomputed).toBeGreaterThan(1500)
      expect(stdout).toContain('where to look')
      for (const file of [
        'job.yaml',
        'report.html',
        'run/certificate.json',
        'run/report.json',
        'run/samples/partition=3',
      ]) {
        expect(existsSync(join(directory, file)), file).toBe(true)
      }
      expect(readFileSync(join(directory, 'report.html'), 'utf8')).toContain('seam proven')

      // The writer's pace is another one each time; the samples are the same.
      const again = await demo(directory, '--rows', '60000')
      expect(again.stdout).toContain('kept from before')
      expect(again.result.run).toMatchObject({ rows: run.rows, digest: run.digest, late: run.late })
    }))

  it('does without the live side', () =>
    withTempDirectory(async root => {
      const { result, stdout } = await demo(root, '--rows', '20000', '--history-only')
      expect(result.run).toMatchObject({ state: 'complete', seam: null, late: 0, quarantined: 0 })
      expect(result.check).toMatchObject({ missing: 0, surplus: 0, outOfOrder: 0, leaks: 0, differing: 0 })
      expect(stdout).not.toContain('certificate.json')
      expect(existsSync(join(root, 'live'))).toBe(false)
    }))

  it('stops when asked to, and leaves no writer behind', () =>
    withTempDirectory(async root => {
      const child = spawnHindcast(['demo', '--directory', root, '--rows', '200000'], DEADLINE)
      await child.untilStdout(/^plan /m)
      child.kill('SIGINT')
      expect((await child.ended).code).toBe(130)
      expect(existsSync(join(root, 'live', 'flights', 'meta.json'))).toBe(true)
      expect(
        readdirSync(join(root, 'live', 'flights')).filter(name => name.startsWith('writer.lock')),
      ).toEqual([])
    }))

  it('refuses a directory that holds something else, and touches nothing in it', () =>
    withTempDirectory(async root => {
      writeFileSync(join(root, 'job.yaml'), 'name: mine\n')
      const ended = await runHindcast(['demo', '--directory', root])
      expect(ended.code).toBe(2)
      expect(ended.stderr).toContain('--directory DIR')
      expect(readFileSync(join(root, 'job.yaml'), 'utf8')).toBe('name: mine\n')
      expect(existsSync(join(root, 'data'))).toBe(false)
    }))

  it.each(['0', '-5', '4000000', 'many'])('refuses --rows %s', async rows => {
    const ended = await runHindcast(['demo', '--rows', rows])
    expect(ended.code).toBe(2)
    expect(ended.stderr).toContain('3000000')
  })
})
