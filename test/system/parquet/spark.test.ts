/**
 * Files by Spark, read equal by us, and ours read equal by Spark. In the soak only: Spark is 500 MB, needs Java 17,
 * and takes a minute.
 */
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest'
import { isSoak } from '../../../scripts/test/tiers.ts'
import {
  lastJsonLine,
  makeTempDirectory,
  type Python,
  removeTempDirectory,
  spawnCommand,
} from '../../harness/index.ts'
import { writeOwnFiles } from './own-files.ts'
import { examineFolder, pythonWithSpark, scriptPath } from './tools.ts'

const DEADLINE_MS = 600_000

describe.skipIf(!isSoak())('Spark', () => {
  let python: Python
  let folder: string

  beforeAll(async () => {
    folder = makeTempDirectory()
    python = await pythonWithSpark()
  })

  afterAll(() => removeTempDirectory(folder))

  async function needSpark(context: TestContext): Promise<void> {
    python.need(context)
    const java = await spawnCommand('java', ['-version']).ended.catch(() => null)
    if (java?.code !== 0) context.skip('no Java, which Spark needs')
  }

  it('writes files of every type, codec and version that are read equal, old ways included', async context => {
    await needSpark(context)
    await python.run(scriptPath('write_spark.py'), [folder], { deadlineMs: DEADLINE_MS })
    const { complaints, coverage, files } = await examineFolder(folder)
    expect(complaints).toEqual([])
    expect(files).toBe(24)
    const covered = new Set(coverage.map(({ physical, encodings }) => `${physical} ${encodings.join('+')}`))
    for (const cell of ['INT96 RLE_DICTIONARY', 'FIXED_LEN_BYTE_ARRAY DELTA_BYTE_ARRAY', 'BOOLEAN RLE'])
      expect(covered).toContain(cell)
    expect(new Set(coverage.map(chunk => chunk.codec))).toContain('LZ4') // of Hadoop
  })

  it('reads our files equal, and passes over pages by the column index', async context => {
    await needSpark(context)
    // What it knows of times of day is microseconds without a zone, if that.
    const files = await writeOwnFiles(folder, ({ name }) => name !== 'time')
    const ended = await python.run(scriptPath('read_spark.py'), [folder], { deadlineMs: DEADLINE_MS })
    const answer = lastJsonLine<{ files: number; complaints: string[] }>(ended)
    expect(answer.complaints).toEqual([])
    expect(answer.files).toBe(files.filter(({ path }) => !path.startsWith('BROTLI')).length)
  })
})
