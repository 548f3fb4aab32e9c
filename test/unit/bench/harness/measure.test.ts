/** What a benchmark says of time and memory must be true of the whole process tree. */
import { describe, expect, it } from 'vitest'
import { measure, median } from '../../../../bench/harness/measure.ts'

const node = (script: string) => ({ command: process.execPath, args: ['-e', script] })

describe('measure', () => {
  it('tells exit code, output and time', async () => {
    const run = await measure(node('console.log("out"); console.error("err"); process.exit(3)'))
    expect(run).toMatchObject({ code: 3, stdout: 'out\n', stderr: 'err\n' })
    expect(run.seconds).toBeGreaterThan(0)
  })

  it('rejects where the program cannot be started', async () => {
    await expect(measure({ command: '/nowhere/program', args: [] })).rejects.toThrow(/ENOENT/)
  })

  it.skipIf(process.platform !== 'linux')(
    'counts memory and CPU of a child and of its children',
    async () => {
      const busy = (mb: number) => `const b = Buffer.alloc(${mb} << 20, 1)
      const used = () => { const { user, system } = process.cpuUsage(); return user + system }
      while (used() < 400000) for (let i = 0; i < 1e6; i++) b[i]++`
      const alone = await measure(node(busy(200)))
      expect(alone.peakBytes).toBeGreaterThan(200 << 20)
      expect(alone.cpuSeconds).toBeGreaterThan(0.25)
      const nested = `require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(busy(200))}]).on('close', () => {})`
      const parent = await measure(node(nested))
      expect(parent.peakBytes).toBeGreaterThan(200 << 20)
      expect(parent.cpuSeconds).toBeGreaterThan(0.25)
    },
  )
})

describe('median', () => {
  it('is the middle value, or the mean of the two', () => {
    expect([median([3]), median([9, 1, 5]), median([4, 1, 2, 3])]).toEqual([3, 5, 2.5])
  })
})
