/** The entry of live/kafkajs: a topic of Kafka as the live side of a stream, read through kafkajs. */
export { openKafkajsSource } from './kafkajs-source.ts'
