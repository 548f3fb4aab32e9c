/** Lines that were set aside become records of their own. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { PartitionSlice } from '../../../src/lanes/index.ts'
import { type Plan, sliceName } from '../../../src/plan/index.ts'
import { deliveryOf, isSent, type StagedSlice } from '../../../src/run/staged-slice.ts'
import type { SampleEncoder, SampleRecords } from '../../../src/sinks/index.ts'
import { withTempDirectory } from '../../harness/index.ts'

it('a line ends with a line feed and nothing else, however long it is', () =>
  withTempDirectory(async directory => {
    const lines = ['{"a":"x\u2028y\u2029z\r"}', `{"b":"${'é'.repeat(100_000)}"}`, '{"c":1}']
    mkdirSync(join(directory, 'late', 'partition=0'), { recursive: true })
    writeFileSync(join(directory, 'late', 'partition=0', `${sliceName(0)}.jsonl`), `${lines.join('\n')}\n`)
    const staged = {
      directory,
      plan: {} as Plan,
      kafka: { late: 'samples-late' },
      slice: 0,
      part: { partition: 0, rows: 0, digest: '', path: null } as PartitionSlice,
    } as unknown as StagedSlice
    expect(isSent(staged)).toBe(true)
    const sent: string[] = []
    const toRecords = (texts: readonly { readonly value: string }[]): SampleRecords => {
      sent.push(...texts.map(({ value }) => value))
      return {} as SampleRecords
    }
    const [aside] = deliveryOf(staged, {} as SampleEncoder, toRecords).aside
    expect(aside!.topic).toBe('samples-late')
    for await (const _ of aside!.records());
    expect(sent).toEqual(lines)
  }))
