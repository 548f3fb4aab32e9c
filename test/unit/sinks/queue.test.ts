/** Tasks run one after the other. */
import { describe, expect, it } from 'vitest'
import { Queue } from '../../../src/sinks/queue.ts'

describe('Queue', () => {
  it('runs one task at a time, in order, past one that fails', async () => {
    const queue = new Queue()
    const log: string[] = []
    let running = 0
    const task = (name: string) => async () => {
      expect(++running).toBe(1)
      await new Promise(resolve => setImmediate(resolve))
      log.push(name)
      running--
      if (name === 'b') throw new Error('b failed')
      return name
    }
    const done = await Promise.allSettled(['a', 'b', 'c'].map(name => queue.add(task(name))))
    expect(log).toEqual(['a', 'b', 'c'])
    expect(done.map(result => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })
})
