/** The parts of the watermark machine, each against its definition (C2). */

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { EventBatch } from '../../src/core/batch/index.ts'
import { BEFORE_SEAM, FUTURE, LATE, LiveIntake, ON_TIME } from '../../src/core/watermark/live-intake.ts'
import { mergeSources } from '../../src/core/watermark/merge-order.ts'
import { ReorderBuffer } from '../../src/core/watermark/reorder-buffer.ts'
import type { SourceEvent, SourceState } from '../../src/core/watermark/source-state.ts'
import { initialState, step } from '../../src/core/watermark/source-state.ts'
import { cases } from './cases.ts'
import { HeldMemory } from './held-memory.ts'
import type { Row } from './merge-scenario.ts'
import { batchOf, idsOf } from './merge-scenario.ts'

const NEVER = Number.POSITIVE_INFINITY
const time = fc.integer({ min: 0, max: 30 })

describe('source state', () => {
  const sourceEvent: fc.Arbitrary<SourceEvent> = fc.oneof(
    fc.record({ type: fc.constant('emitted' as const), newest: time }),
    fc.record({ type: fc.constant('handOver' as const), newest: time, watermark: time }),
    fc.record({ type: fc.constant('records' as const), newest: time, disorder: fc.nat(9) }),
    ...(['ended', 'idle', 'wake', 'finish'] as const).map(type => fc.constant({ type })),
  )

  it('keeps its invariants on every walk', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(sourceEvent, { maxLength: 30 }), (history, events) => {
        let state: SourceState = initialState(history)
        for (const event of events) {
          const before = state
          const frozen = { ...before }
          try {
            state = step(before, event)
          } catch (error) {
            expect((error as { code?: string }).code).toBe('bug')
            continue
          }
          expect(state.watermark).toBeGreaterThanOrEqual(before.watermark) // S1
          expect(state.newest).toBeGreaterThanOrEqual(before.newest) // S2
          expect(state.kind === 'finished').toBe(state.watermark === NEVER) // S3
          if (before.kind === 'finished') expect(state).toBe(before)
          expect(before).toEqual(frozen) // S4
          const isEqual =
            state.kind === before.kind &&
            state.newest === before.newest &&
            state.watermark === before.watermark
          if (isEqual) expect(state).toBe(before)
          if (event.type === 'idle' || event.type === 'wake') {
            expect([state.newest, state.watermark]).toEqual([before.newest, before.watermark]) // S5
          }
        }
      }),
      cases(),
    )
  })
})

describe('live intake', () => {
  it('judges each record as the definition does, and stops where it is told', () => {
    const record = fc.record({ time, timestamp: time })
    const rules = fc.record({
      disorder: fc.nat(10),
      maxFuture: fc.constantFrom(0, 5, 100),
      seamAt: fc.constantFrom(-NEVER, 10),
    })
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 1, maxLength: 40 }),
        rules,
        time,
        fc.constantFrom(NEVER, 5, 15),
        (records, r, floor, watermarkStop) => {
          const intake = new LiveIntake(r)
          const times = Float64Array.from(records, x => x.time)
          const stamps = Float64Array.from(records, x => x.timestamp)
          const codes: number[] = []
          const marks: number[] = []
          let newest = -NEVER
          let end = 0
          while (end < records.length) {
            const { time: t, timestamp } = records[end]
            const mark = Math.max(floor, newest - r.disorder)
            marks.push(mark)
            codes.push(
              t > timestamp + r.maxFuture ? FUTURE : t < r.seamAt ? BEFORE_SEAM : t < mark ? LATE : ON_TIME,
            )
            const rises = codes[end] !== FUTURE && t > newest
            if (rises) newest = t
            end++
            if (rises && newest - r.disorder >= watermarkStop) break
          }
          const judged = intake.judge(times, stamps, { row: 0, rowEnd: records.length }, -NEVER, {
            floor,
            watermarkStop,
          })
          expect(judged).toBe(end)
          expect(intake.newest).toBe(newest)
          const aside = codes.flatMap((code, row) => (code === ON_TIME ? [] : [[row, code, marks[row]]]))
          const found = Array.from({ length: intake.asideRows }, (_, i) => [
            intake.asideRow[i],
            intake.asideCode[i],
            intake.asideWatermark[i],
          ])
          expect(found).toEqual(aside)
        },
      ),
      cases(),
    )
  })
})

describe('reorder buffer', () => {
  const batches = fc.array(fc.array(fc.tuple(time, fc.nat(2)), { maxLength: 6 }), { maxLength: 60 })

  it('releases in order of (time, sub, offset), however many runs it holds', () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 1, max: 30 }), fc.nat(8), (input, every, small) => {
        const buffer = new ReorderBuffer(null, [], {
          runsMax: 1 + small,
          rowsWastedMax: small,
          spilledMax: 2,
        })
        const waiting: Row[] = []
        let id = 0
        const check = (limit: number): void => {
          const expected = waiting
            .filter(row => row.time < limit)
            .sort((a, b) => a.time - b.time || a.sub - b.sub || a.id - b.id)
          expect(buffer.releaseBelow(limit).flatMap(idsOf)).toEqual(expected.map(row => row.id))
          for (const row of expected) waiting.splice(waiting.indexOf(row), 1)
          expect(buffer.rows).toBe(waiting.length)
        }
        for (const [i, rows] of input.entries()) {
          const added = rows.map(([t, sub]): Row => ({ id: id++, time: t, sub, offset: id, who: 'a' }))
          waiting.push(...added)
          buffer.add(batchOf(0, added))
          if (i % every === every - 1) check((i * 7) % 31)
        }
        const contents = buffer.contents()
        const left = [...waiting].sort((a, b) => a.time - b.time || a.sub - b.sub || a.id - b.id)
        expect(contents === null ? [] : idsOf(contents)).toEqual(left.map(row => row.id))
        check(NEVER)
        expect(buffer.bytes).toBe(0)
      }),
      cases(),
    )
  })

  it('gives the same from disk, a little at a time, and lets go of every file', () => {
    fc.assert(
      fc.property(batches, fc.integer({ min: 1, max: 30 }), fc.nat(400), (input, every, bytesMax) => {
        const store = new HeldMemory(bytesMax)
        const limits = { runsMax: 4, rowsWastedMax: 4, spilledMax: 3 }
        let buffer = new ReorderBuffer(store, [], limits)
        const inMemory = new ReorderBuffer()
        let id = 0
        const check = (limit: number): void => {
          const expected = inMemory.releaseBelow(limit).flatMap(idsOf)
          const found: number[] = []
          for (let upTo = -1; upTo < limit; ) {
            upTo = buffer.timeOfNext(limit)
            found.push(...buffer.releaseBelow(upTo).flatMap(idsOf))
          }
          expect(found).toEqual(expected)
          expect(buffer.rows).toBe(inMemory.rows)
        }
        for (const [i, rows] of input.entries()) {
          const added = rows.map(([t, sub]): Row => ({ id: id++, time: t, sub, offset: id, who: 'a' }))
          buffer.add(batchOf(0, added))
          inMemory.add(batchOf(0, added))
          expect(store.budget.bytes).toBe(buffer.bytes)
          if (i % every !== every - 1) continue
          check((i * 7) % 31)
          const [held, spilled] = [buffer.contents(), structuredClone(buffer.spilled())]
          store.restart()
          buffer = new ReorderBuffer(store, spilled, limits)
          if (held !== null) buffer.add(held)
        }
        check(NEVER)
        expect(buffer.bytes).toBe(0)
        expect(buffer.spilled()).toEqual([])
      }),
      cases(2000),
    )
  })
})

describe('merge order', () => {
  it('is that of one big stable sort by (time, sub, stream)', () => {
    const rows = fc.array(fc.tuple(time, fc.nat(2)), { maxLength: 25 })
    const source = fc.tuple(rows, fc.integer({ min: 1, max: 9 }))
    fc.assert(
      fc.property(fc.array(source, { maxLength: 4 }), sources => {
        let id = 0
        const all: (Row & { stream: number })[] = []
        const input = sources.map(([times, size], stream): EventBatch[] => {
          const sorted = [...times].sort((a, b) => a[0] - b[0] || a[1] - b[1])
          const list = sorted.map(([t, sub]): Row => ({ id: id++, time: t, sub, offset: null, who: 'a' }))
          all.push(...list.map(row => ({ ...row, stream })))
          return Array.from({ length: Math.ceil(list.length / size) }, (_, i) =>
            batchOf(stream, list.slice(i * size, (i + 1) * size)),
          )
        })
        const expected = all.sort(
          (a, b) => a.time - b.time || a.sub - b.sub || a.stream - b.stream || a.id - b.id,
        )
        expect(mergeSources(input).flatMap(idsOf)).toEqual(expected.map(row => row.id))
      }),
      cases(),
    )
  })
})
