import { describe, expect, it } from 'vitest'
import { Gate } from '../../../src/lanes/gate.ts'

describe('a gate', () => {
  it('is open at first, and nothing waits at it', () => {
    expect(new Gate().pass()).toBeUndefined()
  })

  it('lets all who wait pass when it is opened, and holds those who come after it was closed again', async () => {
    const gate = new Gate()
    const passed: number[] = []
    gate.close()
    gate.close()
    const waiting = [1, 2].map(async who => {
      await gate.pass()
      passed.push(who)
    })
    await Promise.resolve()
    expect(passed).toEqual([])
    gate.open()
    gate.open()
    gate.close()
    await Promise.all(waiting)
    expect(passed).toEqual([1, 2])
    expect(gate.pass()).toBeInstanceOf(Promise)
  })
})
