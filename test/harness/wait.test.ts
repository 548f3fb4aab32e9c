/**
 * Waiting: it ends when the condition holds, and with a telling error when it never does.
 */
import { describe, expect, it } from 'vitest'
import { waitFor, withDeadline } from './wait.ts'

describe('waitFor', () => {
  it('gives the first truthy value', async () => {
    let calls = 0
    expect(await waitFor(() => ++calls === 3 && 'there', { what: 'three calls', deadlineMs: 5_000 })).toBe(
      'there',
    )
    expect(calls).toBe(3)
  })

  it('takes a throwing condition as not yet, and an asynchronous one', async () => {
    let calls = 0
    const condition = async (): Promise<boolean> => {
      if (++calls < 3) throw new Error('not yet')
      return true
    }
    expect(await waitFor(condition, { what: 'no error', deadlineMs: 5_000 })).toBe(true)
  })

  it('fails after the deadline with what it waited for and the last reason', async () => {
    const never = (): never => {
      throw new Error('closed')
    }
    const wait = { what: 'the door to open', deadlineMs: 30 }
    await expect(waitFor(never, wait)).rejects.toThrow('waited 30 ms for the door to open in vain: closed')
    await expect(waitFor(() => false, wait)).rejects.toThrow('waited 30 ms for the door to open in vain')
  })

  it('does not hang on a condition that never answers', async () => {
    const silent = new Promise<boolean>(() => undefined)
    await expect(waitFor(() => silent, { what: 'an answer', deadlineMs: 30 })).rejects.toThrow('an answer')
  })
})

describe('withDeadline', () => {
  it('passes value and error through', async () => {
    expect(await withDeadline(Promise.resolve(1), { what: 'one', deadlineMs: 1_000 })).toBe(1)
    const failing = Promise.reject(new Error('broken'))
    await expect(withDeadline(failing, { what: 'one', deadlineMs: 1_000 })).rejects.toThrow('broken')
  })
})
