/**
 * What brokers are told: pure, from ports and folders to the files of their configuration. Each is a broker and a
 * controller of the quorum (KRaft, combined mode), on 127.0.0.1. Source: the broker configurations of Kafka 4.3.
 */
import { join } from 'node:path'
import type { Ports } from '../ports.ts'
import type { ServerFiles } from '../server-files.ts'
import { javaProperties, type Properties } from '../site-xml.ts'

const HOST = '127.0.0.1'

export interface KafkaShape {
  readonly directory: string
  readonly brokers: number
  readonly ports: Ports
  /** 16 random bytes in base64url. */
  readonly clusterId: string
  /** Wins over what is set here, in every broker. */
  readonly properties: Properties
}

export function brokerName(index: number): string {
  return `broker${index}`
}

/** The node id of a broker: from 1. */
export function nodeIdOf(index: number): number {
  return index + 1
}

export function kafkaPortNames(brokers: number): string[] {
  return Array.from({ length: brokers }, (_, i) =>
    ['client', 'controller'].map(use => `${brokerName(i)}.${use}`),
  ).flat()
}

/** `127.0.0.1:port` for clients of a broker. */
export function clientAddress(shape: KafkaShape, index: number): string {
  return `${HOST}:${shape.ports[`${brokerName(index)}.client`]}`
}

export function logFolder(shape: KafkaShape, index: number): string {
  return join(shape.directory, 'data', brokerName(index))
}

export function propertiesFile(shape: KafkaShape, index: number): string {
  return join(shape.directory, 'conf', `${brokerName(index)}.properties`)
}

export function log4jFile(shape: KafkaShape): string {
  return join(shape.directory, 'conf', 'log4j2.xml')
}

export function kafkaFiles(shape: KafkaShape): ServerFiles {
  const files = new Map<string, string>([[log4jFile(shape), LOGGING]])
  for (let i = 0; i < shape.brokers; i++) {
    files.set(
      propertiesFile(shape, i),
      javaProperties({ ...brokerProperties(shape, i), ...shape.properties }),
    )
  }
  return files
}

function brokerProperties(shape: KafkaShape, index: number): Properties {
  const controllerOf = (i: number) => `${HOST}:${shape.ports[`${brokerName(i)}.controller`]}`
  const voters = Array.from({ length: shape.brokers }, (_, i) => `${nodeIdOf(i)}@${controllerOf(i)}`)
  const replicas = Math.min(3, shape.brokers)
  const inSync = Math.max(1, replicas - 1)
  return {
    'process.roles': 'broker,controller',
    'node.id': nodeIdOf(index),
    'controller.quorum.voters': voters.join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://${clientAddress(shape, index)},CONTROLLER://${controllerOf(index)}`,
    'advertised.listeners': `PLAINTEXT://${clientAddress(shape, index)}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'log.dirs': logFolder(shape, index),
    'default.replication.factor': replicas,
    'min.insync.replicas': inSync,
    'offsets.topic.replication.factor': replicas,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': replicas,
    'transaction.state.log.min.isr': inSync,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': replicas,
    'share.coordinator.state.topic.min.isr': inSync,
    // Retention goes by the records' own time, so that history would be deleted minutes after it was written.
    'log.retention.ms': -1,
    'log.cleaner.dedupe.buffer.size': 2_097_152,
    'group.initial.rebalance.delay.ms': 0,
    'broker.session.timeout.ms': 6000,
    'num.network.threads': 2,
    'num.io.threads': 2,
  }
}

const LOGGING = `<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="WARN">
  <Appenders>
    <Console name="console" target="SYSTEM_ERR">
      <PatternLayout pattern="%d{ISO8601} %p %c{1}: %m%n"/>
    </Console>
  </Appenders>
  <Loggers>
    <Root level="WARN"><AppenderRef ref="console"/></Root>
  </Loggers>
</Configuration>
`
