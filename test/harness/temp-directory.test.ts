/**
 * Temporary directories, free ports and the leak check, each seen to fail where it should.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { spawnProgram } from './child.ts'
import { freePort } from './free-port.ts'
import { clearLeaks } from './leaks.ts'
import { makeTempDirectory, readJsonFile, tempDirectoriesLeft, withTempDirectory } from './temp-directory.ts'

const PROGRAM = fileURLToPath(new URL('fixture/program.ts', import.meta.url))

describe('withTempDirectory', () => {
  it('gives an empty directory of its own, and removes it with its content', async () => {
    const [first, second] = await withTempDirectory(outer =>
      withTempDirectory(inner => {
        mkdirSync(join(outer, 'a'))
        writeFileSync(join(outer, 'a', 'b'), '{"c":1}')
        expect(readJsonFile(outer, 'a', 'b')).toEqual({ c: 1 })
        return [outer, inner] as const
      }),
    )
    expect(first).not.toBe(second)
    expect([existsSync(first), existsSync(second)]).toEqual([false, false])
  })

  it('removes it when the work fails', async () => {
    let seen = ''
    const failing = withTempDirectory(directory => {
      seen = directory
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    expect(existsSync(seen)).toBe(false)
  })
})

describe('clearLeaks', () => {
  it('finds, names and removes a running child and a directory', async () => {
    const directory = makeTempDirectory()
    const child = spawnProgram(PROGRAM, ['forever'])
    await child.untilStdout(/started/)
    expect(tempDirectoriesLeft()).toEqual([directory])
    const leaks = await clearLeaks()
    expect(leaks).toEqual([expect.stringContaining(`process ${child.pid}: `), `directory ${directory}`])
    expect(child.isRunning).toBe(false)
    expect(existsSync(directory)).toBe(false)
    expect(await clearLeaks()).toEqual([])
  })
})

describe('freePort', () => {
  it('can be listened on', async () => {
    const port = await freePort()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const server = createServer().on('error', reject).listen(port, '127.0.0.1', resolve)
    await promise
    server.close()
    expect(port).toBeGreaterThan(0)
  })
})
