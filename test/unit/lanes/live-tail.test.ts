import { describe, expect, it } from 'vitest'
import type { LiveRead, LiveReader } from '../../../src/lanes/live-reader.ts'
import { LiveTail } from '../../../src/lanes/live-tail.ts'

const SIGNAL = new AbortController().signal

/** A tail whose reads end at these offsets, with these epochs; and with which epoch each was asked for. */
function tailOf(reads: readonly (readonly [offsetNext: number, leaderEpoch?: number])[], from = 0) {
  const asked: (number | undefined)[] = []
  const left = [...reads]
  const reader = {
    read: async ({ leaderEpoch }: { leaderEpoch?: number }) => {
      asked.push(leaderEpoch)
      const [offsetNext, epoch] = left.shift()!
      const read = { events: { rows: 1 }, bad: [], offsetNext, endOffset: 100, atEnd: false }
      return { ...read, ...(epoch === undefined ? {} : { leaderEpoch: epoch }) } as unknown as LiveRead
    },
  } as unknown as LiveReader
  const tail = new LiveTail({
    reader,
    partition: 0,
    offset: from,
    leaderEpoch: from === 0 ? null : 3,
    stopOffset: null,
    idleAfterMs: null,
  })
  return { tail, asked, readAll: () => drain(tail, left) }
}

async function drain(tail: LiveTail, left: readonly unknown[]): Promise<void> {
  while (left.length > 0) await tail.read(SIGNAL, false)
}

describe('the leader that wrote what is before a position', () => {
  it('is known of every position that was read up to, by the read that passed it', async () => {
    const { tail, readAll } = tailOf([[10, 1], [20, 1], [30, 4], [30]])
    expect(tail.epochAt(0)).toBeNull()
    await readAll()
    expect([1, 10, 20, 21, 30].map(position => tail.epochAt(position))).toEqual([1, 1, 1, 4, 4])
    expect(tail.epochAt(0)).toBeNull()
  })

  it('is that of the run before, and goes with every question', async () => {
    const { tail, asked, readAll } = tailOf([[50], [60, 5], [70, 5]], 50)
    await readAll()
    expect(asked).toEqual([3, 3, 5])
    expect([50, 51, 70].map(position => tail.epochAt(position))).toEqual([3, 5, 5])
  })

  it('is not known behind what was lost', async () => {
    const { tail, asked, readAll } = tailOf([[10, 1]])
    await readAll()
    tail.moveTo(40)
    expect([10, 40].map(position => tail.epochAt(position))).toEqual([1, null])
    expect(asked).toEqual([undefined])
  })
})
