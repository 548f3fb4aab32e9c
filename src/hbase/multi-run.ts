/**
 * Brings items, gets or mutations, to where their rows are, until each is answered.
 *
 *     items in order of rows ─► by region ─► by server ─► calls of bounded length, a few at once ─► answered
 *          ▲                                                     │
 *          └── pause, and learn where regions are now ◄── those that were not
 *
 * Invariant: it ends when every item was answered once, or with an error; one that failed is asked again alone, and none
 * is ever taken for an empty row. Mutations are safe to send twice: each has its own time.
 */

import { located } from '../errors.ts'
import { LIMITS } from '../limits.ts'
import type { ClusterPlaces } from './cluster-places.ts'
import { type Actions, multiBytes, type Outcomes, readMultiReply } from './multi-messages.ts'
import type { Operation } from './operation.ts'
import type { Region, RegionMap } from './region-map.ts'
import type { RemoteException, Reply } from './rpc-frames.ts'
import { failureOf, ServerFailure, storeFailed } from './server-failure.ts'
import type { ServerLinks } from './server-links.ts'

/** What is to be done. */
export interface MultiWork {
  readonly table: string
  readonly actions: Actions
  /** Key of the row of an item. */
  row(item: number): Uint8Array
  /** How many of these items, from `from` on, the next call takes: at least one. */
  callItems(items: Int32Array, from: number): number
  /** A reply has come for so many items; their cells follow. Raises `limit-passed` where all is too much. */
  replied(reply: Reply, items: number): void
  /** Of the last reply. */
  answered(item: number, from: number, count: number): void
  /** A reply to so many items was longer than can be held. False: it cannot be less. */
  tooLong(items: number): boolean
}

interface Group {
  readonly map: RegionMap
  readonly server: string
  readonly items: Int32Array
  readonly regions: readonly Region[]
}

export class MultiRun {
  readonly #links: ServerLinks
  readonly #places: ClusterPlaces
  readonly #operation: Operation
  readonly #work: MultiWork

  constructor(links: ServerLinks, places: ClusterPlaces, operation: Operation, work: MultiWork) {
    this.#links = links
    this.#places = places
    this.#operation = operation
    this.#work = work
  }

  /** `items` in order of their rows. Raises what HbaseCluster says. */
  run(items: Int32Array): Promise<void> {
    return this.#ask(items, 0)
  }

  async #ask(items: Int32Array, failures: number): Promise<void> {
    const map = await this.#places.regions(this.#work.table, this.#operation)
    const { groups, nowhere } = this.#grouped(map, items)
    const rest = nowhere.length === 0 ? [] : [this.#askNowhere(map, nowhere, failures)]
    const parts = [...groups.map(group => this.#askServer(group, failures)), ...rest]
    await this.#operation.all(parts)
  }

  /** Items by server. Between two places of a region it is nowhere. */
  #grouped(map: RegionMap, items: Int32Array): { groups: Group[]; nowhere: number[] } {
    const byServer = new Map<string, { items: number[]; regions: Region[] }>()
    const nowhere: number[] = []
    let region: Region | null = null
    for (const item of items) {
      const row = this.#work.row(item)
      region = map.find(row)
      if (region === null || region.server === null) {
        nowhere.push(item)
        continue
      }
      let group = byServer.get(region.server)
      if (group === undefined) {
        group = { items: [], regions: [] }
        byServer.set(region.server, group)
      }
      group.items.push(item)
      group.regions.push(region)
    }
    const groups = [...byServer].map(([server, { items: ofServer, regions }]) => {
      return { map, server, items: Int32Array.from(ofServer), regions }
    })
    return { groups, nowhere }
  }

  async #askNowhere(map: RegionMap, items: readonly number[], failures: number): Promise<void> {
    const { table } = this.#work
    const reason = `${items.length} rows are in no region that is at a server`
    await this.#places.forget(map)
    await this.#operation.pause(failures + 1, storeFailed({ server: 'its masters', table }, reason))
    await this.#ask(Int32Array.from(items), failures + 1)
  }

  async #askServer(group: Group, failures: number): Promise<void> {
    const { items, regions } = group
    let next = 0
    const worker = async () => {
      while (next < items.length) {
        const from = next
        next += Math.min(items.length - from, this.#work.callItems(items, from))
        const part = { ...group, items: items.subarray(from, next), regions: regions.slice(from, next) }
        await this.#call(part, failures)
      }
    }
    const first = this.#work.callItems(items, 0)
    const workers = Math.min(LIMITS.hbaseCallsAtOnce, Math.ceil(items.length / first))
    await this.#operation.all(Array.from({ length: workers }, worker))
  }

  /** One call, and again what it has left. */
  async #call(group: Group, failures: number): Promise<void> {
    const { map, items, regions } = group
    const outcome = new CallOutcome(group, this.#work)
    const failure = await this.#tryCall(group, outcome)
    const again = outcome.unanswered()
    if (again.length === 0) return
    const failed = [...outcome.failures, ...(failure === null ? [] : [[regions[0]!, failure] as const])]
    for (const [region, each] of failed) {
      if (each.remedy === 'fatal') throw each.error
      await this.#places.learn(map, region, each)
    }
    const isShorter = failure?.remedy === 'too-long'
    if (isShorter && !this.#work.tooLong(items.length)) throw failure.error
    // A server that sends what fits says so, and goes on with the rest.
    const isGoingOn = again.length < items.length && failed.every(([, each]) => each.remedy === 'at-once')
    if (isShorter || isGoingOn) {
      this.#links.counts.retries++
      await this.#ask(again, failures)
      return
    }
    const place = { server: group.server, table: this.#work.table }
    const last =
      failed[0]?.[1].error ?? storeFailed(place, `${again.length} rows have no answer in its reply`)
    await this.#operation.pause(failures + 1, last)
    await this.#ask(again, failures + 1)
  }

  async #tryCall({ server, items, regions }: Group, outcome: CallOutcome): Promise<ServerFailure | null> {
    const { callMs: timeoutMs, signal } = this.#operation
    signal.throwIfAborted()
    const parameter = multiBytes({ items, regions }, this.#work.actions)
    try {
      const call = { server, service: 'ClientService', method: 'Multi', parameter } as const
      const reply = await this.#links.ask({ ...call, timeoutMs, signal, about: { table: this.#work.table } })
      this.#work.replied(reply, items.length)
      readMultiReply(reply, items.length, outcome)
      return null
    } catch (error) {
      if (error instanceof ServerFailure) return error
      throw located(error, { uri: server })
    }
  }
}

/** What became of the items of one call. */
class CallOutcome implements Outcomes {
  readonly #group: Group
  readonly #work: MultiWork
  readonly #isAnswered: Uint8Array
  /** By region: one that fails, fails for all its rows. */
  readonly #failures = new Map<Region, ServerFailure>()

  constructor(group: Group, work: MultiWork) {
    this.#group = group
    this.#work = work
    this.#isAnswered = new Uint8Array(group.items.length)
  }

  get failures(): Iterable<readonly [Region, ServerFailure]> {
    return this.#failures
  }

  unanswered(): Int32Array {
    return this.#group.items.filter((_, k) => this.#isAnswered[k] === 0)
  }

  answered(k: number, from: number, count: number): void {
    if (this.#isAnswered[k] === 1) return
    this.#isAnswered[k] = 1
    this.#work.answered(this.#group.items[k]!, from, count)
  }

  failed(k: number, exception: RemoteException): void {
    this.#note(this.#group.regions[k]!, exception)
  }

  regionFailed(action: number, exception: RemoteException): void {
    const region = [...new Set(this.#group.regions)][action]
    if (region !== undefined) this.#note(region, exception)
  }

  #note(region: Region, exception: RemoteException): void {
    const { server } = this.#group
    const failure = failureOf(exception, { server, table: region.table, region: region.name })
    const before = this.#failures.get(region)
    // What cannot pass is told first.
    if (before === undefined || failure.remedy === 'fatal') this.#failures.set(region, failure)
  }
}
