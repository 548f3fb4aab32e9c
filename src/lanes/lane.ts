/**
 * A lane: owns partitions and runs a pipeline for each. The same class serves a worker thread and the main thread.
 *
 * Pipelines run side by side as async loops; each waits for its own history or live input. The first failure ends the
 * lane: it is posted once, with where it happened, and nothing is sealed after it.
 */

import { msFromTicks, ticksFromMs } from '../core/time.ts'
import { HeldBudget } from '../core/watermark/index.ts'
import { wrapError } from '../errors.ts'
import type { StreamJob } from '../job/index.ts'
import type { TimesOf } from './event-times.ts'
import { eventTimesOf } from './event-times.ts'
import { Gate } from './gate.ts'
import { HeldFiles, heldBudget } from './held-files.ts'
import type { CreateLaneParts, LaneParts } from './lane-parts.ts'
import type { LiveCounts } from './live-reader.ts'
import type { FeatureTables, FromLane, LaneSetup, LiveSides, ToLane } from './messages.ts'
import { openFeed } from './open-feed.ts'
import type { PartitionFeed } from './partition-feed.ts'
import { PartitionPipeline, restorePartition } from './partition-pipeline.ts'
import { holdsAtEnd, stopInstantMs } from './run-end.ts'
import { sampleSources, writtenFields } from './sample-columns.ts'
import type { Span } from './span-reader.ts'
import { SpanRunner } from './span-runner.ts'
import type { Stage } from './stage.ts'
import { partitionEvents, received } from './transfer.ts'

type Post = (message: FromLane, transfer?: ArrayBuffer[]) => void

interface OwnedPartition {
  readonly feed: PartitionFeed
  readonly pipeline: PartitionPipeline
}

export class Lane {
  readonly #createParts: CreateLaneParts
  readonly #post: Post
  readonly #abort = new AbortController()
  /** Closed while what is sealed waits to be sent. */
  readonly #gate = new Gate()
  #started: Promise<void> = Promise.resolve()
  #parts: LaneParts | null = null
  /** Null: the lane is to stop. */
  readonly #tables = Promise.withResolvers<FeatureTables | null>()
  #stages: readonly Stage[] = []
  #opening: Promise<readonly Stage[] | null> | null = null
  #owned: OwnedPartition[] = []
  #setup: LaneSetup | null = null
  #heldBudget = new HeldBudget(0, 0)
  /** Events of the samples under their own times, for the stages. */
  #timesOf: TimesOf = events => events
  #running: Promise<unknown> = Promise.resolve()
  /** Reads spans before the lane owns partitions; null: there are none. */
  #spans: SpanRunner | null = null
  #failed = false
  /** Credits not yet given back because the feeds still hold the rows. */
  #owedCredits = 0
  #reportedAt = 0

  constructor(createParts: CreateLaneParts, post: Post) {
    this.#createParts = createParts
    this.#post = post
  }

  receive(message: ToLane): void {
    if (message.type === 'tables') {
      this.#tables.resolve(message.tables)
      return
    }
    if (message.type === 'pace') {
      if (message.hasRoom) this.#gate.open()
      else this.#gate.close()
      return
    }
    if (message.type === 'stop') {
      this.#tables.resolve(null)
      this.#gate.open()
    }
    this.#started = this.#started.then(() => this.#take(message)).catch(error => this.#fail(error))
  }

  async close(): Promise<void> {
    this.#abort.abort()
    this.#tables.resolve(null)
    this.#gate.open()
    await this.#started
    await this.#running
    await this.#closeParts()
  }

  async #take(message: Exclude<ToLane, { type: 'tables' | 'pace' }>): Promise<void> {
    if (this.#failed && message.type !== 'stop') return
    switch (message.type) {
      case 'start':
        return this.#start(message.setup)
      case 'spans':
        return this.#beginSpans(message.setup)
      case 'span':
        this.#runSpan(message.span)
        return
      case 'number':
        this.#spans!.number(message.span, message.offsets)
        return
      case 'history':
        return this.#takeHistory(message)
      case 'set-aside':
        for (const { partition, ranges } of message.offsets)
          this.#owned[partition - this.#setup!.partitionFirst]!.feed.setAside(message.stream, ranges)
        return
      case 'history-end':
        for (const { feed } of this.#owned) feed.endHistory(message.stream)
        return
      case 'follow':
        return this.#follow(message.fromMs, message.upToMs)
      case 'stop':
        this.#abort.abort()
        await this.#running
        await this.#closeParts()
        this.#post({ type: 'stopped' })
        return
    }
  }

  async #start(setup: LaneSetup): Promise<void> {
    this.#setup = setup
    this.#timesOf = eventTimesOf(setup.plan, setup.plan.job.samples)
    this.#heldBudget = heldBudget(setup.plan, setup.memory.reorder, setup.partitionEnd - setup.partitionFirst)
    await this.#running
    await this.#spans?.settled()
    this.#parts ??= await this.#createParts(setup, this.#post)
    if ((await this.#openStages()) === null) return
    for (let p = setup.partitionFirst; p < setup.partitionEnd; p++) {
      this.#owned.push(this.#createPartition(p, setup, this.#parts))
    }
    this.#running = Promise.all(
      this.#owned.map(({ pipeline, feed }) =>
        pipeline.run().catch(error => {
          if (!this.#abort.signal.aborted) this.#fail(error, feed)
        }),
      ),
    ).then(() => this.#report())
    this.#post({ type: 'ready' })
  }

  async #beginSpans(setup: LaneSetup): Promise<void> {
    this.#setup = setup
    this.#parts = await this.#createParts(setup, this.#post)
    const fail = (error: unknown): void => {
      if (!this.#abort.signal.aborted) this.#fail(error)
    }
    const stages = this.#openStages()
    stages.catch(fail)
    this.#spans = new SpanRunner({
      setup,
      parts: this.#parts,
      stages,
      post: this.#post,
      signal: this.#abort.signal,
      gate: this.#gate,
      fail,
    })
    this.#post({ type: 'ready' })
  }

  /** The stages, once the feature tables have come; null where the lane is to stop instead. */
  #openStages(): Promise<readonly Stage[] | null> {
    this.#opening ??= this.#tables.promise.then(async tables => {
      if (tables === null || this.#parts === null) return null
      this.#stages = await this.#parts.openStages(tables)
      return this.#stages
    })
    return this.#opening
  }

  /** One span after the other, beside the messages that number them. */
  #runSpan(span: Span): void {
    const spans = this.#spans!
    this.#running = this.#running
      .then(() => spans.run(span))
      .catch(error => {
        if (!this.#abort.signal.aborted) this.#fail(error)
      })
  }

  #createPartition(partition: number, setup: LaneSetup, parts: LaneParts): OwnedPartition {
    const { plan } = setup
    const samples = plan.streams.find(stream => stream.name === plan.job.samples)!
    const state = restorePartition(
      setup.snapshots[partition - setup.partitionFirst] ?? null,
      partition,
      this.#stages,
    )
    const fields = writtenFields(plan.output, !samples.ownOffsets)
    const feed = openFeed({
      partition,
      setup,
      live: parts.live,
      snapshot: state.feed,
      epochs: state.epochs,
      counts: state.counts,
      store: new HeldFiles({
        directory: setup.directory,
        partition,
        budget: this.#heldBudget,
        keep: true,
      }),
      signal: this.#abort.signal,
      onMoved: () => this.#moved(),
      onBad: (stream, bad) => this.#post({ type: 'bad-records', stream, partition, bad }),
    })
    const pipeline = new PartitionPipeline(
      {
        partition,
        feed,
        stages: this.#stages,
        sink: parts.sink,
        directory: setup.directory,
        samples: samples.ordinal,
        sourceNames: plan.streams.map(stream => stream.name),
        topics: plan.streams.map(stream => topicOf(plan.job.streams[stream.ordinal]!)),
        fields,
        timesOf: this.#timesOf,
        sources: sampleSources(fields, [...samples.reads, ...this.#stages.flatMap(stage => stage.adds)]),
        timeline: plan.timeline,
        sliceMs: plan.job.output.sliceMs,
        sliceStartMs: setup.sliceStartMs,
        hold: holdsAtEnd(plan.job),
        stopMs: stopInstantMs(plan.job),
        allowUnprovenSeam: setup.allowUnprovenSeam,
        gate: this.#gate,
        post: this.#post,
      },
      state.offsetNext,
    )
    return { feed, pipeline }
  }

  #takeHistory(message: Extract<ToLane, { type: 'history' }>): void {
    const { plan } = this.#setup!
    const all = received(message.events)
    const isSamples = plan.streams[message.stream]!.name === plan.job.samples // no others go through the stages
    for (const [i, { feed }] of this.#owned.entries()) {
      const events = partitionEvents(all, message.starts, i, this.#setup!.partitionFirst + i)
      if (isSamples && events.rows > 0)
        for (const stage of this.#stages) lookAhead(stage.prepare(this.#timesOf(events)))
      feed.offerHistory(message.stream, events.rows === 0 ? null : events, message.upTo)
    }
    this.#owedCredits++
    this.#moved()
  }

  /** Gives credit back for what the feeds have worked off, and reports now and then. */
  #moved(): void {
    const queued = this.#owned.reduce((sum, { feed }) => sum + feed.queuedBatches, 0)
    const held = Math.ceil(queued / Math.max(1, this.#owned.length))
    for (; this.#owedCredits > held; this.#owedCredits--) this.#post({ type: 'credit' })
    if (performance.now() - this.#reportedAt > 200) this.#report()
  }

  #report(): void {
    this.#reportedAt = performance.now()
    if (this.#failed || this.#setup === null) return
    const { timeline } = this.#setup.plan
    const rows = this.#owned.reduce((sum, { pipeline }) => sum + pipeline.rows, this.#spans?.rows ?? 0)
    const live = this.#owned.some(({ feed }) => feed.isLive)
    const watermarksMs = this.#owned.map(({ feed }) =>
      feed.lastWatermark === null ? null : msFromTicks(feed.lastWatermark, timeline),
    )
    const idle = this.#owned.map(({ feed }) => feed.isIdle)
    this.#post({ type: 'progress', rows, watermarksMs, idle, live, ...this.#liveSides() })
  }

  #liveSides(): { liveSides?: LiveSides } {
    const readers = [...(this.#parts?.live ?? [])]
    if (readers.length === 0) return {}
    const positions = this.#owned.flatMap(({ feed }) => feed.livePositions())
    const counts: Record<number, LiveCounts> = {}
    for (const [stream, reader] of readers)
      if (reader.counts !== undefined) counts[stream] = { ...reader.counts }
    return { liveSides: { positions, counts } }
  }

  #follow(fromMs: number, upToMs: number): void {
    const { timeline } = this.#setup!.plan
    for (const { feed } of this.#owned)
      feed.follow(ticksFromMs(fromMs, timeline), ticksFromMs(upToMs, timeline))
  }

  #fail(error: unknown, feed?: PartitionFeed): void {
    if (this.#failed) return
    this.#failed = true
    const reading = feed === undefined ? '' : `, partition ${feed.partition}, reading ${feed.reading.text}`
    const wrapped = wrapError(error, 'lane-failed', `lane ${this.#setup?.lane ?? '?'}${reading}, failed`, {
      ...(feed === undefined ? {} : { where: feed.reading.where }),
      advice: 'Run the same command again to go on from the last checkpoint; report it if it happens again.',
    })
    this.#post({ type: 'failed', error: wrapped.toData() })
    this.#abort.abort()
  }

  async #closeParts(): Promise<void> {
    const parts = this.#parts
    this.#parts = null
    if (parts === null) return
    await this.#spans?.discard()
    await parts.closeHistory()
    for (const stage of this.#stages) await stage.close()
    for (const reader of parts.live.values()) await reader.close()
    await parts.sink.close()
  }
}

function topicOf({ live }: StreamJob): string | null {
  return live?.place.kind === 'kafka' ? live.place.topic : null
}

/** Fetching ahead is only a hint: if it fails, the fetch is made again when the batch is due, and fails there. */
function lookAhead(prepared: Promise<unknown>): void {
  prepared.catch(() => {})
}
