import { describe, expect, it } from 'vitest'
import type {
  SourceEvent,
  SourceEventType,
  SourceKind,
  SourceState,
} from '../../../../src/core/watermark/source-state.ts'
import { initialState, step } from '../../../../src/core/watermark/source-state.ts'

const NEVER = Number.POSITIVE_INFINITY

const STATES: Record<SourceKind, SourceState> = {
  backlog: { kind: 'backlog', newest: 10, watermark: 10 },
  live: { kind: 'live', newest: 10, watermark: 7 },
  idle: { kind: 'idle', newest: 10, watermark: 7 },
  finished: { kind: 'finished', newest: 10, watermark: NEVER },
}

const EVENTS: { readonly [T in SourceEventType]: Extract<SourceEvent, { type: T }> } = {
  emitted: { type: 'emitted', newest: 12 },
  handOver: { type: 'handOver', newest: 12, watermark: 15 },
  ended: { type: 'ended' },
  records: { type: 'records', newest: 20, disorder: 3 },
  idle: { type: 'idle' },
  wake: { type: 'wake' },
  finish: { type: 'finish' },
}

/** What each cell gives: the next state, `same` (the very object), or `refused`. */
type Expected = SourceState | 'same' | 'refused'

const TABLE: Record<SourceKind, Record<SourceEventType, Expected>> = {
  backlog: {
    emitted: { kind: 'backlog', newest: 12, watermark: 12 },
    handOver: { kind: 'live', newest: 12, watermark: 15 },
    ended: { kind: 'finished', newest: 10, watermark: NEVER },
    records: 'refused',
    idle: 'refused',
    wake: 'refused',
    finish: 'refused',
  },
  live: {
    emitted: 'refused',
    handOver: 'refused',
    ended: 'refused',
    records: { kind: 'live', newest: 20, watermark: 17 },
    idle: { kind: 'idle', newest: 10, watermark: 7 },
    wake: 'same',
    finish: { kind: 'finished', newest: 10, watermark: NEVER },
  },
  idle: {
    emitted: 'refused',
    handOver: 'refused',
    ended: 'refused',
    records: 'refused',
    idle: 'same',
    wake: { kind: 'live', newest: 10, watermark: 7 },
    finish: { kind: 'finished', newest: 10, watermark: NEVER },
  },
  finished: {
    emitted: 'refused',
    handOver: 'refused',
    ended: 'same',
    records: 'refused',
    idle: 'same',
    wake: 'same',
    finish: 'same',
  },
}

describe('source state', () => {
  for (const [kind, row] of Object.entries(TABLE) as [SourceKind, Record<SourceEventType, Expected>][]) {
    for (const [type, expected] of Object.entries(row) as [SourceEventType, Expected][]) {
      it(`${kind} × ${type}: ${typeof expected === 'string' ? expected : expected.kind}`, () => {
        const state = STATES[kind]
        const act = (): SourceState => step(state, EVENTS[type])
        if (expected === 'refused') {
          expect(act).toThrow(
            expect.objectContaining({ code: 'bug', message: expect.stringContaining(`'${type}'`) }),
          )
        } else if (expected === 'same') expect(act()).toBe(state)
        else expect(act()).toEqual(expected)
      })
    }
  }

  it('begins with the history where there is one', () => {
    expect(initialState(true)).toEqual({ kind: 'backlog', newest: -NEVER, watermark: -NEVER })
    expect(initialState(false).kind).toBe('live')
  })

  it('does not fall when older events come', () => {
    expect(step(STATES.live, { type: 'records', newest: 3, disorder: 3 })).toBe(STATES.live)
    expect(step(STATES.backlog, { type: 'handOver', newest: 1, watermark: 2 })).toEqual({
      ...STATES.backlog,
      kind: 'live',
    })
  })
})
