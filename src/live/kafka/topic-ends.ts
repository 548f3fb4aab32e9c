/** What `topic offsets` shows: where each partition begins and ends, and who leads it. */

import type { KafkaAccess } from '../../job/index.ts'
import { brokerText } from './broker-address.ts'
import { BrokerLinks } from './broker-links.ts'
import { LeaderQuestions } from './leader-questions.ts'
import { topicIdentity } from './topic-view.ts'
import { firstView, TopicWatch } from './topic-watch.ts'

export interface TopicEnds {
  /** `<cluster id>/<topic id>` */
  readonly id: string
  readonly partitions: readonly PartitionEnds[]
}

export interface PartitionEnds {
  readonly partition: number
  /** First offset that is held. */
  readonly first: number
  /** Offset that is written next (the high watermark). */
  readonly next: number
  /** Where readers of committed records end: before the first open transaction. */
  readonly lastStable: number
  /** `host:port`; null: nobody leads. */
  readonly leader: string | null
  readonly leaderEpoch: number | null
}

/** Asks the leaders of all partitions. Secrets of `access` are open. Raises as `openKafkaSource` does. */
export async function topicEnds(access: KafkaAccess, topic: string): Promise<TopicEnds> {
  const links = await BrokerLinks.open(access)
  const closing = new AbortController()
  let watch: TopicWatch | null = null
  try {
    watch = new TopicWatch(links, await firstView(links, topic), { onRound: () => {}, onEnd: () => {} })
    const questions = new LeaderQuestions(links, watch, closing.signal)
    const partitions: PartitionEnds[] = []
    for (let partition = 0; partition < watch.view.partitions.length; partition++) {
      const [first, next, lastStable] = await Promise.all([
        questions.first(partition),
        questions.end(partition),
        questions.stable(partition),
      ])
      const { leader, leaderEpoch } = watch.view.partitions[partition]!
      const address = watch.view.brokers.get(leader)
      partitions.push({
        partition,
        first,
        next,
        lastStable,
        leader: address === undefined ? null : brokerText(address),
        leaderEpoch: leaderEpoch < 0 ? null : leaderEpoch,
      })
    }
    return { id: topicIdentity(watch.view), partitions }
  } finally {
    closing.abort()
    watch?.close()
    links.close()
  }
}
