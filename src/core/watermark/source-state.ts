/**
 * The state of one source (C2), as a total table: every state × event has a cell, and the compiler refuses a gap.
 *
 *                         ended
 *        ┌─────────────────────────────────────┐
 *     backlog ── handOver ──► live ── finish ──►├──► finished
 *      ▲   │                 ▲    │             │
 *      └───┘ emitted    wake │    │ idle        │
 *                            │    ▼             │
 *                             idle ── finish ──►┘
 *
 * Invariants, kept by every cell:
 *   S1  the watermark never falls
 *   S2  the newest time seen never falls
 *   S3  finished if and only if the watermark is +∞; no event leaves it
 *   S4  a state is never changed, only replaced; an event that changes nothing returns the same object
 *   S5  only a record, a hand-over or an emission moves times: idle and wake move none
 *
 * A cell either gives the next state or refuses: what it refuses cannot happen unless the merge is broken (`bug`).
 */

import { assert } from '../../errors.ts'
import type { Ticks } from '../time.ts'

export type SourceKind = 'backlog' | 'live' | 'idle' | 'finished'

export interface SourceState {
  readonly kind: SourceKind
  /** Newest event time seen; −∞ before the first event. */
  readonly newest: Ticks
  /** Promise: this source emits no event earlier than this any more. */
  readonly watermark: Ticks
}

export type SourceEvent =
  /** Events of history up to this time have been emitted. */
  | { readonly type: 'emitted'; readonly newest: Ticks }
  /** History is over and live takes over with this promise. */
  | { readonly type: 'handOver'; readonly newest: Ticks; readonly watermark: Ticks }
  /** History is over and there is no live side. */
  | { readonly type: 'ended' }
  /** Live records were judged; `newest` is their newest time, those from too far in the future left out. */
  | { readonly type: 'records'; readonly newest: Ticks; readonly disorder: Ticks }
  | { readonly type: 'idle' }
  | { readonly type: 'wake' }
  /** The stop position was reached. */
  | { readonly type: 'finish' }

export type SourceEventType = SourceEvent['type']
type EventOf<T extends SourceEventType> = Extract<SourceEvent, { readonly type: T }>
type Cell<T extends SourceEventType> = (state: SourceState, event: EventOf<T>) => SourceState

type TransitionTable = {
  readonly [K in SourceKind]: { readonly [T in SourceEventType]: Cell<T> }
}

/** The table: `stay` is an event that is allowed and changes nothing. */
const TRANSITIONS: TransitionTable = {
  backlog: {
    emitted: (state, { newest }) => moved(state, 'backlog', newest, newest),
    handOver: (state, { newest, watermark }) => moved(state, 'live', newest, watermark),
    ended: finished,
    records: refuse('live is consumed only when history has ended'),
    idle: refuse('only a live source can be idle'),
    wake: refuse('only a live source can wake'),
    finish: refuse('a stop position lies in live, behind the history'),
  },
  live: {
    emitted: refuse('history has ended'),
    handOver: refuse('history has ended'),
    ended: refuse('history has ended'),
    records: (state, { newest, disorder }) => moved(state, 'live', newest, newest - disorder),
    idle: state => ({ ...state, kind: 'idle' }),
    wake: stay,
    finish: finished,
  },
  idle: {
    emitted: refuse('history has ended'),
    handOver: refuse('history has ended'),
    ended: refuse('history has ended'),
    records: refuse('an idle source must be woken, and that be journaled, before it goes on'),
    idle: stay,
    wake: state => ({ ...state, kind: 'live' }),
    finish: finished,
  },
  finished: {
    emitted: refuse('the source is finished'),
    handOver: refuse('the source is finished'),
    ended: stay,
    records: refuse('the source is finished'),
    idle: stay,
    wake: stay,
    finish: stay,
  },
}

/** State of a source that has not begun: with a history it is backlog, else live. */
export function initialState(history: boolean): SourceState {
  return {
    kind: history ? 'backlog' : 'live',
    newest: Number.NEGATIVE_INFINITY,
    watermark: Number.NEGATIVE_INFINITY,
  }
}

/** The next state; `bug` where the table refuses the event. */
export function step<T extends SourceEventType>(state: SourceState, event: EventOf<T>): SourceState {
  const row: { readonly [E in SourceEventType]: Cell<E> } = TRANSITIONS[state.kind]
  const cell = row[event.type as T] as Cell<T>
  return cell(state, event)
}

function moved(state: SourceState, kind: SourceKind, newest: Ticks, watermark: Ticks): SourceState {
  if (kind === state.kind && newest <= state.newest && watermark <= state.watermark) return state
  return { kind, newest: Math.max(state.newest, newest), watermark: Math.max(state.watermark, watermark) }
}

function stay(state: SourceState): SourceState {
  return state
}

function finished(state: SourceState): SourceState {
  return { kind: 'finished', newest: state.newest, watermark: Number.POSITIVE_INFINITY }
}

function refuse(reason: string): (state: SourceState, event: SourceEvent) => never {
  return (state, event) => {
    assert(false, `a source that is ${state.kind} cannot take '${event.type}': ${reason}`)
  }
}
