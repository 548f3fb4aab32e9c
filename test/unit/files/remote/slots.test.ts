import { expect, it } from 'vitest'
import { Slots } from '../../../../src/files/remote/slots.ts'

it('runs so many at a time, in order, and goes on after a failure', async () => {
  const slots = new Slots(2)
  const started: number[] = []
  const gates = Array.from({ length: 5 }, () => Promise.withResolvers<number>())
  const runs = gates.map(({ promise }, i) =>
    slots.run(() => {
      started.push(i)
      return promise
    }),
  )
  await Promise.resolve()
  expect(started).toEqual([0, 1])
  gates[1]!.reject(new Error('failed'))
  await expect(runs[1]).rejects.toThrow('failed')
  expect(started).toEqual([0, 1, 2])
  for (const [i, { resolve }] of gates.entries()) resolve(i)
  expect(await Promise.all(runs.filter((_, i) => i !== 1))).toEqual([0, 2, 3, 4])
  expect(started).toEqual([0, 1, 2, 3, 4])
})
