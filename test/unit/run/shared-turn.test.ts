import { expect, it } from 'vitest'
import { SharedTurn } from '../../../src/run/shared-turn.ts'

it('puts one question at a time, and one more for all who asked meanwhile', async () => {
  const asked: PromiseWithResolvers<number>[] = []
  const turn = new SharedTurn(() => {
    const question = Promise.withResolvers<number>()
    asked.push(question)
    return question.promise
  })
  const first = turn.ask()
  await new Promise(setImmediate)
  const later = [turn.ask(), turn.ask(), turn.ask()]
  await new Promise(setImmediate)
  expect(asked.length).toBe(1)
  asked[0]!.resolve(7)
  expect(await first).toBe(7)
  await new Promise(setImmediate)
  expect(asked.length).toBe(2)
  asked[1]!.resolve(8)
  expect(await Promise.all(later)).toEqual([8, 8, 8])
})

it('asks again behind a failure, which all who waited for it are told', async () => {
  let times = 0
  const turn = new SharedTurn(async () => {
    if (times++ === 0) throw new Error('lost')
    return times
  })
  const failed = [turn.ask(), turn.ask()]
  for (const each of failed) await expect(each).rejects.toThrow('lost')
  expect(await turn.ask()).toBe(2)
})
