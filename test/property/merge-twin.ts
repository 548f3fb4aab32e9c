/**
 * The naive twin of the merge: it knows all input from the start, takes one step at a time, works every watermark
 * out from its definition (C2), and sorts in the end. Slow and obvious.
 */

import type { Decision } from '../../src/core/watermark/index.ts'
import type { LiveRow, Row, Scenario, ScenarioSource } from './merge-scenario.ts'
import { compareRows } from './merge-scenario.ts'

/** What leaves during one slice: `12` emitted, `12!` emitted late; `12 late` set aside. */
export interface SliceOutput {
  readonly emitted: string[]
  readonly aside: string[]
}

interface TwinSource {
  readonly source: ScenarioSource
  kind: 'backlog' | 'live' | 'idle' | 'finished'
  history: Row[]
  live: LiveRow[]
  newest: number
  watermark: number
  /** What history has in the overlap and live has not had. */
  left: string[]
  doubled: number
  onlyLive: number
  notCompared: number
  afterClose: number
}

interface Consumed {
  readonly row: Row
  readonly source: number
}

interface SetAside {
  readonly row: Row
  readonly mark: number
  readonly text: string
}

const NEVER = Number.POSITIVE_INFINITY

export class MergeTwin {
  readonly sources: TwinSource[]
  readonly #scenario: Scenario
  readonly #journal: Decision[]
  readonly #inPlace: Consumed[] = []
  readonly #late: SetAside[] = []
  readonly #aside: SetAside[] = []
  #consumed = 0
  #floor = -NEVER

  constructor(scenario: Scenario, journal: readonly Decision[]) {
    this.#scenario = scenario
    this.#journal = [...journal]
    this.sources = scenario.sources.map(source => ({
      source,
      kind: source.spec.history ? 'backlog' : 'live',
      history: [...source.history],
      live: [...source.live],
      newest: -NEVER,
      watermark: -NEVER,
      left: [],
      doubled: 0,
      onlyLive: 0,
      notCompared: 0,
      afterClose: 0,
    }))
    while (this.#step());
    if (this.#journal.length > 0) throw new Error('decisions were left over')
  }

  /** Output of each slice: one for each boundary, and what follows the last. */
  slices(): SliceOutput[] {
    const ordered = [...this.#inPlace].sort((a, b) => {
      const [x, y] = [a.row, b.row]
      return x.time - y.time || x.sub - y.sub || a.source - b.source || compareRows(x, y)
    })
    const bounds = [...this.#scenario.boundaries, NEVER]
    const slices = bounds.map((): SliceOutput => ({ emitted: [], aside: [] }))
    const sliceOf = (time: number): SliceOutput => slices[bounds.findIndex(bound => bound > time)]
    let late = 0
    for (const { row } of ordered) {
      for (; late < this.#late.length && this.#late[late].mark <= row.time; late++)
        this.#pushLate(late, sliceOf)
      sliceOf(row.time).emitted.push(`${row.id}`)
    }
    for (; late < this.#late.length; late++) this.#pushLate(late, sliceOf)
    for (const { mark, text } of this.#aside) sliceOf(mark).aside.push(text)
    return slices
  }

  #pushLate(late: number, sliceOf: (time: number) => SliceOutput): void {
    sliceOf(this.#late[late].mark).emitted.push(this.#late[late].text)
  }

  #step(): boolean {
    const due = this.#journal[0]
    if (due !== undefined && due.consumed <= this.#consumed) {
      if (due.consumed < this.#consumed) throw new Error('a decision was passed')
      this.#journal.shift()
      const source = this.sources.find(({ source: { spec } }) => spec.stream === due.stream)!
      if (source.kind !== 'finished') source.kind = due.kind === 'idle' ? 'idle' : 'live'
      this.#floor = Math.max(this.#floor, due.watermark ?? -NEVER)
      return true
    }
    const turn = this.#turn()
    const head = this.#head()
    const key = turn === null ? NEVER : this.#key(turn)
    if (head !== null && head.history[0].time < key) {
      this.#keep(head, head.history.shift()!)
      return true
    }
    if (turn === null) return this.#finishIdle()
    if (turn.kind === 'backlog') this.#handOver(turn)
    else if (turn.live.length === 0) this.#finish(turn)
    else this.#consume(turn)
    return true
  }

  /** The source with the lowest watermark among those that take turns. */
  #turn(): TwinSource | null {
    const turns = this.sources.filter(
      s => s.kind === 'live' || (s.kind === 'backlog' && s.source.spec.live !== null),
    )
    return turns.reduce<TwinSource | null>(
      (low, s) => (low === null || this.#key(s) < this.#key(low) ? s : low),
      null,
    )
  }

  /** When it is the source's turn: its watermark as live, or the one it hands over with. */
  #key(s: TwinSource): number {
    const { seam, live } = s.source.spec
    if (s.kind !== 'backlog') return s.watermark
    if (seam?.by === 'time') return seam.at
    return Math.max(-NEVER, ...s.source.history.map(row => row.time)) - live!.disorder
  }

  /** The source whose next row of history comes first. */
  #head(): TwinSource | null {
    const heads = this.sources.filter(s => s.kind === 'backlog' && s.history.length > 0)
    return heads.reduce<TwinSource | null>((low, s) => {
      if (low === null) return s
      const [a, b] = [s.history[0], low.history[0]]
      return a.time < b.time || (a.time === b.time && a.sub < b.sub) ? s : low
    }, null)
  }

  #keep(s: TwinSource, row: Row): void {
    this.#consumed++
    this.#inPlace.push({ row, source: this.sources.indexOf(s) })
    const { seam } = s.source.spec
    if (seam?.by === 'time' && row.time >= seam.at - seam.overlap) s.left.push(identityOf(row))
  }

  #handOver(s: TwinSource): void {
    const { seam, live } = s.source.spec
    const last = Math.max(-1, ...s.source.history.map(row => row.offset ?? -1))
    const key = this.#key(s)
    for (const row of s.history) this.#keep(s, row)
    s.history = []
    s.newest = Math.max(-NEVER, ...s.source.history.map(row => row.time))
    s.watermark = Math.max(key, s.newest - live!.disorder)
    if (seam?.by === 'offset') {
      s.doubled += s.live.filter(row => row.offset <= last).length
      s.live = s.live.filter(row => row.offset > last)
    }
    s.kind = 'live'
    this.#consumed++
  }

  #finish(s: TwinSource): void {
    s.kind = 'finished'
    s.watermark = NEVER
    this.#consumed++
  }

  #finishIdle(): boolean {
    const idle = this.sources.find(s => s.kind === 'idle' && s.live.length === 0)
    if (idle === undefined) return false
    idle.kind = 'finished'
    return true
  }

  /** The merged watermark by its definition: the minimum over the sources that are not idle, and it never falls. */
  #merged(): number {
    const marks = this.sources
      .filter(s => s.kind !== 'idle')
      .map(s => {
        if (s.kind === 'finished') return NEVER
        if (s.kind === 'live') return s.watermark
        const head = s.history.length > 0 ? s.history[0].time : NEVER
        return s.source.spec.live === null ? head : Math.min(head, this.#key(s))
      })
    return Math.max(this.#floor, Math.min(...marks))
  }

  #consume(s: TwinSource): void {
    const row = s.live.shift()!
    const live = s.source.spec.live!
    const { seam } = s.source.spec
    const mark = this.#merged()
    this.#consumed++
    if (row.time > row.timestamp + live.maxFuture) {
      this.#aside.push({ row, mark, text: `${row.id} future` })
      return
    }
    if (seam?.by === 'time' && row.time < seam.at) this.#beforeSeam(s, row, mark)
    else if (row.time < mark) this.#lateRow(row, mark, live.late, 'late')
    else this.#inPlace.push({ row, source: this.sources.indexOf(s) })
    s.newest = Math.max(s.newest, row.time)
    s.watermark = Math.max(s.watermark, s.newest - live.disorder)
  }

  #lateRow(row: Row, mark: number, policy: string, reason: string): void {
    if (policy === 'emit') this.#late.push({ row, mark, text: `${row.id}!` })
    else this.#aside.push({ row, mark, text: `${row.id} ${reason}` })
  }

  #beforeSeam(s: TwinSource, row: LiveRow, mark: number): void {
    const { seam, live } = s.source.spec
    if (seam?.by !== 'time') throw new Error('unreachable')
    if (row.time < seam.at - seam.overlap || seam.identity.length === 0) s.notCompared++
    else if (s.newest - live!.disorder >= seam.at) {
      s.afterClose++
      this.#lateRow(row, mark, 'side', 'before-seam')
    } else {
      const found = s.left.indexOf(identityOf(row))
      if (found >= 0) {
        s.left.splice(found, 1)
        s.doubled++
      } else {
        s.onlyLive++
        this.#lateRow(row, mark, seam.beforeSeam, 'before-seam')
      }
    }
  }
}

function identityOf(row: Row): string {
  return `${row.who} ${row.time} ${row.sub}`
}
