import { expect, it } from 'vitest'
import type { HistoryEmission } from '../../../src/history/index.ts'
import { withEnd } from '../../../src/run/live-spool.ts'

it('histories have ended when the last of them has, and the target was told', async () => {
  const told: string[] = []
  const target = {
    history: async (stream: number) => void told.push(`rows of ${stream}`),
    historyEnd: async (stream: number) => void told.push(`end of ${stream}`),
  }
  const watched = withEnd(target, [0, 2], () => told.push('all'))
  await watched.history(0, {} as HistoryEmission)
  await watched.historyEnd(0)
  await watched.history(2, {} as HistoryEmission)
  await watched.historyEnd(2)
  expect(told).toEqual(['rows of 0', 'end of 0', 'rows of 2', 'end of 2', 'all'])
})
