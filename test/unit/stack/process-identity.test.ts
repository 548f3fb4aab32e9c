/** A pid counts only together with the start time of its process. */
import { afterEach, describe, expect, it } from 'vitest'
import { endChildren, spawnCommand } from '../../harness/index.ts'
import { identityOf, isRunning, signalProcess } from '../../stack/process-identity.ts'

afterEach(endChildren)

const FOREVER = ['-e', 'setInterval(() => undefined, 1000)']

describe('identityOf', () => {
  it('is the same each time, and another for another process', () => {
    const child = spawnCommand(process.execPath, FOREVER)
    const own = identityOf(process.pid)
    expect(own).toEqual(identityOf(process.pid))
    expect(identityOf(child.pid)?.started).not.toBe(own?.started)
  })

  it('is null where no process is, and for one that has ended', async () => {
    const child = spawnCommand(process.execPath, ['-e', ''])
    const { pid } = child
    await child.ended
    for (const gone of [pid, 0, -1, 1.5, Number.NaN]) expect(identityOf(gone)).toBe(null)
  })
})

describe('signalProcess', () => {
  it('ends the process that is meant', async () => {
    const child = spawnCommand(process.execPath, FOREVER)
    const identity = identityOf(child.pid)!
    expect(isRunning(identity)).toBe(true)
    expect(signalProcess(identity, 'SIGKILL')).toBe(true)
    expect((await child.ended).signal).toBe('SIGKILL')
    expect(isRunning(identity)).toBe(false)
    expect(signalProcess(identity, 'SIGKILL')).toBe(false)
  })

  it('spares a process that has the pid of another now', () => {
    const child = spawnCommand(process.execPath, FOREVER)
    const stale = { pid: child.pid, started: 'an earlier boot/1' }
    expect(isRunning(stale)).toBe(false)
    expect(signalProcess(stale, 'SIGKILL')).toBe(false)
    expect(child.isRunning).toBe(true)
  })
})
