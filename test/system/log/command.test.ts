/**
 * `hindcast log create | append | tail` as a user types them.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import {
  endChildren,
  lastJsonLine,
  runHindcast,
  spawnHindcast,
  withTempDirectory,
} from '../../harness/index.ts'

afterEach(endChildren)

interface Positions {
  readonly positions: readonly { readonly partition: number; readonly first: number; readonly next: number }[]
}

const nextOf = ({ positions }: Positions): number[] => positions.map(({ next }) => next)

describe('hindcast log', () => {
  it('makes a log, appends what is good, names what is bad, and shows what is there', () =>
    withTempDirectory(async parent => {
      const log = join(parent, 'log')
      const created = await runHindcast(['log', 'create', log, '--partitions', '2', '--key', 'id', '--json'])
      expect([created.code, nextOf(lastJsonLine(created))]).toEqual([0, [0, 0]])

      const good = await runHindcast(['log', 'append', log, '--timestamp', 'at', '--json'], {
        input: '{"id":"a","at":1}\n{"id":"b","at":"1970-01-01T00:00:01Z"}\r\n{"id":null,"at":3}',
      })
      expect([good.code, good.stderr]).toEqual([0, ''])
      expect(lastJsonLine(good)).toMatchObject({ appended: 3, bad: 0, nullKeys: 1 })

      const file = join(parent, 'events.jsonl')
      writeFileSync(file, '\ufeff{"id":"a"}\n{"id":\n\n{"id":"b"}\n')
      const mixed = await runHindcast(['log', 'append', log, file, '--json'])
      expect(mixed.code).toBe(3)
      expect(mixed.stderr).toContain('line 2: is not JSON: ends too early at byte 6\nline 3: is empty\n')
      expect(mixed.stderr).toContain(
        'error row-bad: 2 lines could not be appended; the other 2 are in the log',
      )
      const after = lastJsonLine<Positions>(mixed)
      expect(after).toMatchObject({ appended: 2, bad: 2 })

      const shown = await runHindcast(['log', 'tail', log, '--json'])
      expect([shown.code, lastJsonLine(shown)]).toEqual([0, { positions: after.positions }])
      const records = shown.stdout
        .trimEnd()
        .split('\n')
        .slice(0, -1)
        .map(line => JSON.parse(line))
      expect(records.filter(({ timestampMs }) => timestampMs < 10_000)).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ key: 'a', timestampMs: 1, value: '{"id":"a","at":1}' }),
          expect.objectContaining({
            key: 'b',
            timestampMs: 1000,
            value: '{"id":"b","at":"1970-01-01T00:00:01Z"}',
          }),
          expect.objectContaining({ key: null, timestampMs: 3, partition: 0 }),
        ]),
      )
      expect(records.length).toBe(5)

      const text = await runHindcast(['log', 'tail', log, '--partition', '0', '--from', '0'])
      expect(text.stdout.split('\n')[0]).toMatch(/^0:0 1970-01-01T00:00:0\S+Z \{"id":/)
    }))

  it('follows until it is stopped', () =>
    withTempDirectory(async parent => {
      const log = join(parent, 'log')
      await runHindcast(['log', 'create', log, '--partitions', '1', '--key', 'id'])
      const tail = spawnHindcast(['log', 'tail', log, '--follow', '--json'])
      await runHindcast(['log', 'append', log], { input: '{"id":1}\n' })
      await tail.untilStdout(/"offset":0/)
      await runHindcast(['log', 'append', log], { input: '{"id":2}\n' })
      await tail.untilStdout(/"offset":1/)
      tail.kill('SIGINT')
      const ended = await tail.ended
      expect([ended.code, lastJsonLine(ended)]).toEqual([
        0,
        { positions: [{ partition: 0, first: 0, next: 2 }] },
      ])
    }))

  it.each([
    ['no log', ['tail', 'nowhere'], 2, /error log-invalid/],
    [
      'a number that is none',
      ['create', 'x', '--partitions', 'two', '--key', 'k'],
      2,
      /--partitions must be a whole number, not "two"/,
    ],
    ['no key', ['create', 'x', '--partitions', '2'], 2, /--key/],
    ['a partition that is not there', ['tail', 'log', '--partition', '7'], 2, /there is no partition 7/],
    ['an offset that is not there', ['tail', 'log', '--from', '7'], 3, /error offset-out-of-range/],
    ['a file that is not there', ['append', 'log', 'nothing.jsonl'], 3, /error file-unreadable/],
  ])('refuses %s', (_what, args, code, message) =>
    withTempDirectory(async cwd => {
      await runHindcast(['log', 'create', 'log', '--partitions', '1', '--key', 'id'], { cwd })
      const ended = await runHindcast(['log', ...args], { cwd })
      expect(ended.code).toBe(code)
      expect(ended.stderr).toMatch(message)
    }),
  )
})
