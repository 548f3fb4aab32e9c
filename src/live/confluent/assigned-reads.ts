/**
 * What is assigned to the reader process, and what becomes of what it gives: rows wait for their readers by partition.
 *
 *     rows p ◄─┐
 *     rows q ◄─┼─ is it still that topic? ◄── link ◄── reader process
 *              └─ full ones are left out while others wait
 *
 * librdkafka tells an error without its partition. Where an offset is not there, the ends of partitions are asked for; where
 * records cannot be used, each partition is assigned alone until it has given something, or the same error again.
 *
 * Invariants: an assignment begins where the rows of each partition end, so nothing is jumped over and nothing is had twice;
 * rows are taken in only after the topic was asked for its id behind them, because librdkafka may read by name.
 */

import { HindcastError } from '../../errors.ts'
import { pauseMs } from '../../files/index.ts'
import { LIMITS } from '../../limits.ts'
import { type ClientReads, PartitionRows } from '../client/index.ts'
import { STRANGE_MAX, type TopicQuestions } from '../kafka/index.ts'
import { clientFailure, isOfOffset, isOfRecords } from './client-failure.ts'
import { notLoaded } from './load-confluent.ts'
import { PartitionChecks } from './partition-checks.ts'
import { checkPart } from './read-part.ts'
import { type LinkPort, ReaderLink } from './reader-link.ts'
import type { ClientError, ReadPart, ToReader } from './reader-messages.ts'

/** How often partitions that are waited for are looked at, ms. */
const TICK_MS = 250
/** A partition that is asked for alone and says nothing for so long is not the one, ms. */
const ALONE_MS = 2000

export class AssignedReads implements ClientReads, LinkPort {
  readonly #topic: string
  readonly #questions: TopicQuestions
  readonly #link: ReaderLink
  readonly #checks: PartitionChecks
  readonly #partitions = new Map<number, PartitionRows>()
  #assigned: readonly number[] = []
  /** Left out: they hold enough, and others are waited for. */
  readonly #parked = new Set<number>()
  /** One of them has records that cannot be used; the first is assigned alone. */
  #suspects: number[] = []
  /** How often in a row records of a partition could not be used. */
  readonly #strange = new Map<number, number>()
  /** What was wrong with records last. */
  #damage: HindcastError | null = null
  #failures = 0
  #assignedAtMs = 0
  #assignTimer: NodeJS.Timeout | undefined
  #assignDueMs = Number.POSITIVE_INFINITY
  #tickTimer: NodeJS.Timeout | undefined
  #isTaking = false
  #ended: HindcastError | null = null
  #isClosed = false

  constructor(topic: string, opening: Extract<ToReader, { kind: 'open' }>, questions: TopicQuestions) {
    this.#topic = topic
    this.#questions = questions
    this.#link = new ReaderLink(opening, this)
    this.#checks = new PartitionChecks(questions)
  }

  /** The rows of a partition, which from now on are read from `offset` on; `leaderEpoch`: of the record before it. */
  want(partition: number, offset: number, leaderEpoch?: number): PartitionRows {
    if (this.#ended !== null) throw this.#ended
    this.#tickTimer ??= setInterval(() => this.#tick(), TICK_MS)
    let rows = this.#partitions.get(partition)
    if (rows === undefined) {
      rows = new PartitionRows(this.#topic, partition)
      this.#partitions.set(partition, rows)
    }
    if (rows.position !== offset || rows.mayGoOn) {
      rows.reset(offset, leaderEpoch)
      this.#checks.begin(rows)
      this.#strange.delete(partition)
      this.#assignAnew(0)
    }
    return rows
  }

  /** Resolves when there is something of the partition, or nothing came in time. */
  async arrival(rows: PartitionRows, waitMs: number, signal: AbortSignal | undefined): Promise<void> {
    this.#checks.await(rows)
    const arrived = rows.arrival(waitMs, signal)
    this.#balance()
    await arrived
    this.#checks.awaited(rows)
  }

  /** Rows were handed out. */
  taken(rows: PartitionRows): void {
    this.#checks.progress(rows)
    this.#balance()
  }

  /** Nothing more can be read of any partition. */
  end(error: HindcastError): void {
    this.#ended ??= error
    for (const rows of this.#partitions.values()) rows.endNow(error)
    this.#stop()
  }

  async close(): Promise<void> {
    this.#isClosed = true
    for (const rows of this.#partitions.values()) rows.stopWaiting()
    await this.#stop()
  }

  onReady(): void {
    this.#assign()
  }

  onArrival(): void {
    if (!this.#isTaking) void this.#takeAll()
  }

  onTrouble(error: ClientError): void {
    const failure = clientFailure(error)
    if (failure.kind === 'auth') this.end(failure)
    else this.#checks.last = failure
  }

  onEnd({ code, message }: { readonly code: number | null; readonly message: string }): void {
    if (this.#isDone) return
    if (code === null) {
      this.end(notLoaded(`cannot be loaded: ${message}`))
      return
    }
    this.onTrouble({ code, message })
    this.#assignAnew(pauseMs(++this.#failures, Math.random()))
  }

  /** Never rejects. */
  async #takeAll(): Promise<void> {
    this.#isTaking = true
    while (!this.#isDone && this.#link.waiting > 0) {
      const { waiting, generation, hasRows } = this.#link
      const isConfirmed = !hasRows || (await this.#questions.confirm())
      if (this.#isDone) break
      if (this.#link.generation !== generation) continue
      if (!isConfirmed) this.#assignAnew(pauseMs(++this.#failures, Math.random()))
      // What has come meanwhile was not asked about.
      for (let i = 0; i < waiting && this.#link.generation === generation; i++) this.#takeNext()
      this.#balance()
    }
    this.#isTaking = false
  }

  #takeNext(): void {
    const next = this.#link.next()
    if (next === null) return
    if (next.kind === 'refused') void this.#refused(next)
    else for (const part of next.parts) this.#takePart(part)
  }

  #takePart(part: ReadPart): void {
    const rows = this.#partitions.get(part.partition)
    if (rows === undefined || rows.isEnded) return
    try {
      checkPart(part, rows.fetchOffset)
    } catch (error) {
      this.#endOf(rows, error as HindcastError)
      return
    }
    rows.accept(part, part.endOffset)
    this.#checks.progress(rows)
    this.#failures = 0
    if (part.rows > 0) this.#strange.delete(part.partition)
    if (this.#suspects[0] !== part.partition) return
    this.#suspects.shift()
    this.#assignSoon(0)
  }

  /** The process has stopped at an error, of one of the partitions that are assigned to it. */
  async #refused(error: ClientError): Promise<void> {
    this.#link.drop()
    const assigned = this.#assigned.map(partition => this.#partitions.get(partition)!)
    const failure = clientFailure(error)
    if (failure.kind === 'auth') {
      this.end(failure)
      return
    }
    this.#checks.last = failure
    if (isOfRecords(error)) this.#damage = failure
    if (isOfOffset(error)) await Promise.all(assigned.map(rows => this.#checks.range(rows, true)))
    // Behind damage librdkafka takes bytes of it for an offset, and then finds that this one is not there.
    if (isOfRecords(error) || this.#suspects.length > 0) this.#suspect(assigned, this.#damage ?? failure)
    this.#assignAnew(pauseMs(++this.#failures, Math.random()))
  }

  #suspect(assigned: readonly PartitionRows[], failure: HindcastError): void {
    const [only] = assigned
    if (only === undefined || assigned.length > 1) {
      this.#suspects = assigned.map(({ partition }) => partition)
      return
    }
    const { partition, isEnded } = only
    if (isEnded) return
    const strange = (this.#strange.get(partition) ?? 0) + 1
    this.#strange.set(partition, strange)
    this.#suspects = this.#suspects.filter(each => each !== partition)
    // Bytes may have turned over on their way.
    if (strange >= STRANGE_MAX) this.#endOf(only, failure)
    else this.#suspects.unshift(partition)
  }

  #endOf(rows: PartitionRows, { code, message, where, advice }: HindcastError): void {
    const { topic, partition, fetchOffset: offset } = rows
    rows.end(new HindcastError(code, message, { where: { ...where, topic, partition, offset }, advice }))
    this.#assignSoon(0)
  }

  /** What has come is not wanted, or is not all. */
  #assignAnew(waitMs: number): void {
    this.#link.drop()
    this.#assignSoon(waitMs)
  }

  #assignSoon(waitMs: number): void {
    const dueMs = performance.now() + waitMs
    if (this.#isDone || dueMs >= this.#assignDueMs) return
    clearTimeout(this.#assignTimer)
    this.#assignDueMs = dueMs
    this.#assignTimer = setTimeout(() => {
      this.#assignDueMs = Number.POSITIVE_INFINITY
      this.#assign()
    }, waitMs)
  }

  #assign(): void {
    if (this.#isDone) return
    if (!this.#link.isReady) {
      this.#link.start()
      return
    }
    this.#suspects = this.#suspects.filter(partition => !this.#partitions.get(partition)!.isEnded)
    const wanted = [...this.#partitions.values()].filter(
      ({ partition, isEnded }) => !isEnded && !this.#parked.has(partition),
    )
    const [suspect] = this.#suspects
    const from = wanted.filter(({ partition }) => suspect === undefined || partition === suspect)
    this.#assigned = from.map(({ partition }) => partition)
    this.#assignedAtMs = performance.now()
    this.#link.assign(from.map(({ partition, fetchOffset: offset }) => ({ partition, offset })))
  }

  /** Gives credit while there is room; full partitions are left out where another is waited for. */
  #balance(): void {
    if (this.#isDone) return
    const all = [...this.#partitions.values()]
    const share = Math.floor(LIMITS.kafkaBufferBytes / Math.max(1, all.length))
    const room = Math.min(LIMITS.kafkaPartitionBufferBytes, share)
    let isFull = false
    let isNewlyFree = false
    for (const { partition, bytes } of all) {
      if (this.#parked.has(partition)) {
        if (bytes <= room / 4) isNewlyFree = this.#parked.delete(partition)
      } else if (bytes > room) isFull = true
    }
    if (isNewlyFree) this.#assignSoon(0)
    if (!isFull) {
      this.#link.answer()
      return
    }
    if (!all.some(({ isAwaited, isEnded, bytes }) => isAwaited && !isEnded && bytes === 0)) return
    for (const { partition, bytes } of all) if (bytes > room / 2) this.#parked.add(partition)
    this.#assignAnew(0)
  }

  #tick(): void {
    const sinceAssignedMs = performance.now() - this.#assignedAtMs
    if (this.#suspects.length > 0 && this.#link.isReady && sinceAssignedMs > ALONE_MS) {
      this.#suspects.shift()
      this.#assignSoon(0)
    }
    for (const rows of this.#partitions.values()) {
      if (!rows.isAwaited || rows.isEnded) continue
      void this.#checks.look(rows).then(isStalled => {
        // librdkafka may have stopped there without a word.
        if (isStalled && sinceAssignedMs > this.#questions.bounds.silenceMs) this.#assignAnew(0)
      })
    }
  }

  get #isDone(): boolean {
    return this.#isClosed || this.#ended !== null
  }

  #stop(): Promise<void> {
    this.#checks.stop()
    clearTimeout(this.#assignTimer)
    clearInterval(this.#tickTimer)
    return this.#link.close()
  }
}
