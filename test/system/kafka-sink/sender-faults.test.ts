/**
 * The sender of a partition against a real broker, over connections that lose one question or one reply: each of them in
 * turn, commits among them. What is in the topic is always what was to be sent, once and in order.
 */
import { randomUUID } from 'node:crypto'
import { Reader, updateFeaturesV1 } from '@platformatic/kafka'
import { afterEach, describe, expect, it } from 'vitest'
import { HindcastError } from '../../../src/errors.ts'
import type { ApiCall } from '../../../src/live/kafka/api-call.ts'
import { BrokerLinks } from '../../../src/live/kafka/broker-links.ts'
import type { BrokerPlace, BrokerPort, SinkCall } from '../../../src/sinks/kafka/broker-port.ts'
import {
  PartitionProducer,
  PartitionSender,
  type Position,
  PositionReader,
  positionsTopic,
  SinkBrokers,
  textRecords,
} from '../../../src/sinks/kafka/index.ts'
import type { Delivery } from '../../../src/sinks/kafka/partition-sender.ts'
import { waitFor } from '../../harness/index.ts'
import { withKafka } from '../kafka/kafka-fixture.ts'
import { makeTopic } from '../kafka/make-topic.ts'
import { type FoundRecord, topicContents } from './topic-contents.ts'

const ROWS = 60
/** Three batches of a few rows make a transaction, so that a slice takes several. */
const BATCH_BYTES = 400
const TRANSACTION_BYTES = 1000

type Loss = 'question' | 'reply'

/** Connections that lose what `isLost` says of the nth question, once. */
class LossyLinks implements BrokerPort {
  readonly bootstrap: readonly BrokerPlace[]
  readonly #links: BrokerLinks
  readonly #isLost: (nth: number, name: string) => Loss | null
  readonly asked: string[] = []

  constructor(links: BrokerLinks, isLost: (nth: number, name: string) => Loss | null = () => null) {
    this.bootstrap = links.bootstrap
    this.#links = links
    this.#isLost = isLost
  }

  async ask<Reply>(
    broker: BrokerPlace,
    purpose: 'questions',
    call: SinkCall<Reply>,
    timeoutMs: number,
  ): Promise<Reply> {
    const loss = this.#isLost(this.asked.length, call.name)
    this.asked.push(call.name)
    if (loss === 'question') throw lost(call.name)
    const reply = await this.#links.ask(broker, purpose, call, timeoutMs)
    if (loss === 'reply') throw lost(call.name)
    return reply
  }

  close(): void {
    this.#links.close()
  }
}

/** Of the cluster to transaction.version 1: transactions as brokers before 4.0 do them. */
const DOWNGRADE: ApiCall<{ errorCode: number; errorMessage?: string | null | undefined }> = {
  name: 'UpdateFeatures',
  apiKey: 57,
  versions: [1],
  since: '3.3',
  encode: () => {
    const feature = { feature: 'transaction.version', maxVersionLevel: 1, upgradeType: 2 } as const
    return updateFeaturesV1.createRequest(10_000, [feature], false).buffer
  },
  parse: body => updateFeaturesV1.parseResponse(0, 57, 1, Reader.from(body)),
}

function lost(name: string): HindcastError {
  return new HindcastError('remote-failed', `${name} was lost on purpose`)
}

/** A slice whose rows are the numbers from `slice * 1000` on. */
function sliceOf(slice: number): Delivery {
  const texts = Array.from({ length: ROWS }, (_, i) => ({
    key: 'k',
    value: JSON.stringify({ n: slice * 1000 + i, filler: 'x'.repeat(20) }),
    timestampMs: 1_700_000_000_000 + i,
  }))
  return {
    slice,
    of: ROWS,
    digest: `digest-${slice}`,
    rowsFrom: async function* rowsFrom(row) {
      for (let at = row; at < ROWS; at += 25) yield textRecords(texts.slice(at, at + 25))
    },
    aside: [],
  }
}

function numbersOf(found: readonly FoundRecord[]): number[] {
  return found.map(({ value }) => (JSON.parse(value) as { n: number }).n)
}

const WANTED = [1, 2].flatMap(slice => Array.from({ length: ROWS }, (_, i) => slice * 1000 + i))

describe('the sender of a partition', () => {
  const kafka = withKafka()
  const ends: (() => void | Promise<void>)[] = []

  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })

  async function newSink(): Promise<string> {
    const topic = await kafka.newTopic(1)
    await makeTopic(kafka.admin, {
      topic: positionsTopic(topic),
      config: { 'cleanup.policy': 'compact' },
    })
    return topic
  }

  interface Process {
    readonly links: LossyLinks
    readonly producer: PartitionProducer
    readonly sender: PartitionSender
    readonly committed: Position[]
    /** Takes the partition, and sends what is missing of the two slices. */
    run(): Promise<void>
  }

  async function process(
    topic: string,
    run: string,
    isLost?: (nth: number, name: string) => Loss | null,
  ): Promise<Process> {
    const links = new LossyLinks(await BrokerLinks.open({ brokers: [...kafka.cluster.addresses] }), isLost)
    ends.push(() => links.close())
    const brokers = new SinkBrokers(links, [topic, positionsTopic(topic)])
    const stopping = new AbortController()
    ends.push(() => stopping.abort())
    const { signal } = stopping
    const producer = new PartitionProducer({ brokers, topic, partition: 0, transactional: true, signal })
    const reader = new PositionReader(await kafka.open(positionsTopic(topic)), positionsTopic(topic), run)
    const committed: Position[] = []
    const sender = new PartitionSender({
      producer,
      topic,
      asideTopics: [],
      batchBytes: BATCH_BYTES,
      recordBytesMax: BATCH_BYTES,
      transactionBytes: TRANSACTION_BYTES,
      run: { run, job: 'job', plan: 'plan' },
      positions: () => reader.read(0),
      onCommitted: position => committed.push(position),
      onStep: () => {},
    })
    const go = async (): Promise<void> => {
      await producer.begin()
      const { own } = await reader.read(0)
      for (const slice of [1, 2]) {
        if (own !== null && (own.slice > slice || (own.slice === slice && own.rows === own.of))) continue
        await sender.deliver(sliceOf(slice), own?.slice === slice ? own.rows : 0)
      }
    }
    return { links, producer, sender, committed, run: go }
  }

  async function undisturbed(): Promise<string[]> {
    const topic = await newSink()
    const { links, run, committed } = await process(topic, randomUUID())
    await run()
    const [found] = await topicContents(kafka.cluster.addresses, topic)
    expect(numbersOf(found!)).toEqual(WANTED)
    expect(committed.length).toBeGreaterThan(6)
    for (const { first, last, rows } of committed) {
      const offsets = found!.map(({ offset }) => offset)
      expect(offsets).toContain(first)
      expect(offsets).toContain(last)
      expect(rows).toBeGreaterThan(0)
    }
    return links.asked
  }

  it.each(['question', 'reply'] as const)('whatever %s is lost', async loss => {
    const asked = await undisturbed()
    expect(new Set(asked)).toEqual(
      new Set(['FindCoordinator', 'InitProducerId', 'Metadata', 'AddPartitionsToTxn', 'Produce', 'EndTxn']),
    )
    const commits = asked.flatMap((name, nth) => (name === 'EndTxn' ? [nth] : []))
    const others = asked.flatMap((name, nth) => (name !== 'EndTxn' && nth % 4 === 1 ? [nth] : []))
    for (const at of [...commits.slice(0, 3), commits.at(-1)!, ...others.slice(0, 8)]) {
      const topic = await newSink()
      const { run, committed, links } = await process(topic, randomUUID(), nth => (nth === at ? loss : null))
      await run()
      const [found] = await topicContents(kafka.cluster.addresses, topic)
      expect(numbersOf(found!), `${loss} ${at} of ${links.asked[at]}`).toEqual(WANTED)
      expect(committed.at(-1)).toMatchObject({ slice: 2, rows: ROWS, of: ROWS })
    }
  })

  it('gone at any question, and gone on with by another process', async () => {
    const asked = await undisturbed()
    let deaths = 0
    for (let at = 3; at < asked.length; at += 5) {
      const topic = await newSink()
      const run = randomUUID()
      let dead = false
      const first = await process(topic, run, nth => {
        dead ||= nth >= at
        return dead ? 'question' : null
      })
      // It may have less to ask than the undisturbed one, which may have been told to wait.
      let isOver = false
      void first.run().then(
        () => {
          isOver = true
        },
        () => {},
      )
      await waitFor(() => dead || isOver, { what: 'a question to be lost', deadlineMs: 20_000 })
      if (dead) deaths++
      first.links.close()
      const second = await process(topic, run)
      await second.run()
      expect(numbersOf((await topicContents(kafka.cluster.addresses, topic))[0]!), `gone at ${at}`).toEqual(
        WANTED,
      )
    }
    expect(deaths).toBeGreaterThan(3)
  })

  it('the newer of two takes the partition, and the older writes nothing more', async () => {
    const topic = await newSink()
    const older = await process(topic, 'older')
    await older.producer.begin()
    await older.sender.deliver(sliceOf(1), 0)
    const out = await older.producer.transaction([topic, positionsTopic(topic)])
    const newer = await process(topic, 'newer')
    await newer.producer.begin()
    await newer.sender.deliver(sliceOf(2), 0)
    await expect(out.commit()).rejects.toMatchObject({ code: 'remote-failed' })
    await expect(older.sender.deliver(sliceOf(2), 0)).rejects.toMatchObject({ code: 'sink-fenced' })
    expect(numbersOf((await topicContents(kafka.cluster.addresses, topic))[0]!)).toEqual(WANTED)
    const reader = new PositionReader(await kafka.open(positionsTopic(topic)), positionsTopic(topic), 'older')
    expect(await reader.read(0)).toMatchObject({
      own: { run: 'older', slice: 1 },
      newest: { run: 'newer', slice: 2 },
    })
  })

  /** The last: from here on the cluster has it. */
  it('whatever is lost inside a transaction, by brokers of an older transaction.version', async () => {
    const links = await BrokerLinks.open({ brokers: [...kafka.cluster.addresses] })
    ends.push(() => links.close())
    const { errorCode, errorMessage } = await links.ask(links.bootstrap[0]!, 'questions', DOWNGRADE, 10_000)
    expect(errorCode, errorMessage ?? '').toBe(0)
    const asked = await undisturbed()
    const sent = asked.flatMap((name, nth) => (name === 'Produce' ? [nth] : []))
    for (const at of [sent[1]!, sent[4]!, sent.at(-1)!, asked.indexOf('EndTxn')]) {
      for (const loss of ['question', 'reply'] as const) {
        const topic = await newSink()
        const { run } = await process(topic, randomUUID(), nth => (nth === at ? loss : null))
        await run()
        const [found] = await topicContents(kafka.cluster.addresses, topic)
        expect(numbersOf(found!), `${loss} ${at}`).toEqual(WANTED)
      }
    }
  })
})
