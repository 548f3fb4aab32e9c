/** The entry of live/confluent: a topic of Kafka as the live side of a stream, read through @confluentinc/kafka-javascript. */
export { openConfluentSource } from './confluent-source.ts'
