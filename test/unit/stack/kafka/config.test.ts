/** What brokers are told, alone and as three. */
import { describe, expect, it } from 'vitest'
import { type KafkaShape, kafkaFiles, kafkaPortNames } from '../../../stack/kafka/config.ts'

function shapeOf(brokers: number, properties: KafkaShape['properties'] = {}): KafkaShape {
  const ports = Object.fromEntries(kafkaPortNames(brokers).map((name, i) => [name, 20_000 + i]))
  return { directory: '/stack/kafka', brokers, ports, clusterId: 'id', properties }
}

function propertiesOf(shape: KafkaShape, broker: number): Record<string, string> {
  const text = kafkaFiles(shape).get(`/stack/kafka/conf/broker${broker}.properties`)!
  const lines = text.trimEnd().split('\n')
  return Object.fromEntries(
    lines.map(line => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
}

describe('kafkaFiles', () => {
  it('makes one broker that needs no other', () => {
    expect(propertiesOf(shapeOf(1), 0)).toMatchObject({
      'node.id': '1',
      'controller.quorum.voters': '1@127.0.0.1:20001',
      'advertised.listeners': 'PLAINTEXT://127.0.0.1:20000',
      'default.replication.factor': '1',
      'transaction.state.log.min.isr': '1',
    })
  })

  it('makes three that can lose one', () => {
    const shape = shapeOf(3)
    for (const [i, port] of [20_000, 20_002, 20_004].entries()) {
      expect(propertiesOf(shape, i)).toMatchObject({
        'node.id': String(i + 1),
        'controller.quorum.voters': '1@127.0.0.1:20001,2@127.0.0.1:20003,3@127.0.0.1:20005',
        'advertised.listeners': `PLAINTEXT://127.0.0.1:${port}`,
        'log.dirs': `/stack/kafka/data/broker${i}`,
        'offsets.topic.replication.factor': '3',
        'min.insync.replicas': '2',
      })
    }
  })

  it('keeps records of any age, and lets properties that were asked for win', () => {
    expect(propertiesOf(shapeOf(1), 0)['log.retention.ms']).toBe('-1')
    expect(propertiesOf(shapeOf(1, { 'log.retention.ms': 5 }), 0)['log.retention.ms']).toBe('5')
  })
})
