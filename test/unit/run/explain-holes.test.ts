import { describe, expect, it } from 'vitest'
import { explainHoles } from '../../../src/run/explain-holes.ts'
import { MemoryTopic, recordAt, type Slot } from './memory-topic.ts'

const R = recordAt(0)
/** r: record, c: control, a: aborted, x: compacted. */
const WHY = { c: 'control', a: 'aborted', x: 'compacted' } as const

function topicOf(text: string): MemoryTopic {
  return new MemoryTopic([...text].map((letter): Slot => WHY[letter as keyof typeof WHY] ?? R))
}

async function explained(topic: MemoryTopic, ...ranges: [number, number][]): Promise<string> {
  const { holes } = await explainHoles(topic, {
    partition: 0,
    ranges: ranges.map(([first, last]) => ({ first, last })),
  })
  return holes.map(({ first, last, why }) => `${first}–${last} ${why}`).join(', ')
}

describe('holes are explained', () => {
  it('by reading over them, and nothing else', async () => {
    const topic = topicOf('rrcrrrrrrrrrrraacrr')
    expect(await explained(topic, [2, 2], [14, 16])).toBe(
      '2–2 control, 14–14 aborted, 15–15 aborted, 16–16 control',
    )
    expect(topic.asked).toEqual([2, 14])
  })

  it('once where ranges lie close together', async () => {
    const topic = topicOf('rcrcrxrrrr')
    expect(await explained(topic, [1, 1], [3, 3], [5, 5])).toBe('1–1 control, 3–3 control, 5–5 compacted')
    expect(topic.asked).toEqual([1, 5])
  })

  it('as far as they are still held', async () => {
    const topic = topicOf('rccrrcr')
    topic.first[0] = 2
    expect(await explained(topic, [1, 2], [5, 5])).toBe('2–2 control, 5–5 control')
    expect(await explainHoles(topic, { partition: 0, ranges: [] })).toEqual({ holes: [], first: 2 })
    topic.first[0] = 6
    expect(await explained(topic, [1, 2], [5, 5])).toBe('')
  })

  it('up to the last stable offset, without waiting for ever', async () => {
    const topic = topicOf('rcrrrr')
    topic.stable[0] = 3
    expect(await explained(topic, [1, 9])).toBe('1–1 control')
    topic.stable[0] = 5
    topic.read = async request => {
      const batch = await MemoryTopic.prototype.read.call(topic, request)
      return { ...batch, rows: 0, holes: [], offsetNext: request.offset }
    }
    expect(await explained(topic, [1, 9])).toBe('')
    expect(topic.asked.filter(offset => offset === 1).length).toBe(4)
  })

  it('until it is told to stop', async () => {
    const signal = AbortSignal.abort()
    const question = { partition: 0, ranges: [{ first: 0, last: 1 }], signal }
    await expect(explainHoles(topicOf('cc'), question)).rejects.toThrow('abort')
  })
})
