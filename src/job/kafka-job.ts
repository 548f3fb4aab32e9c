/**
 * Kafka as a job names it: how brokers are reached, which topic, and what its values are.
 *
 * Invariant: no secret is in here. `password` and `token` are references (`${env:NAME}`, `${file:/path}`), because a
 * job is part of its plan, and a plan is a file; `openedAccess` replaces them where a connection is opened.
 */

/** How the brokers of a cluster are reached. Paths are absolute. */
export interface KafkaAccess {
  /** `host:port` of some brokers; they tell of the others. */
  readonly brokers: readonly string[]
  /** Absent: plain text. Empty: TLS with what the system trusts. */
  readonly tls?: KafkaTls
  readonly sasl?: KafkaSasl
  /** Hosts, or suffixes such as `.example.com`, that brokers may advertise beside those of `brokers`; absent: any. */
  readonly advertised?: readonly string[]
}

/** Paths of PEM files. */
export interface KafkaTls {
  /** Certificates to trust; absent: those of the system. */
  readonly ca?: string
  /** Certificate of this client and its key. */
  readonly cert?: string
  readonly key?: string
  /** The name that certificates of brokers must have, where it is not their host. */
  readonly serverName?: string
}

export type SaslMechanism = 'PLAIN' | 'SCRAM-SHA-256' | 'SCRAM-SHA-512' | 'OAUTHBEARER'

export interface KafkaSasl {
  readonly mechanism: SaslMechanism
  readonly username?: string
  /** A reference in a job and in a plan; the secret itself behind `openedAccess`. */
  readonly password?: string
  /** Of OAUTHBEARER; as `password`. */
  readonly token?: string
}

export type KafkaClient = 'native' | 'kafkajs' | 'confluent'

/** A topic as the live side of a stream. */
export interface KafkaJob extends KafkaAccess {
  readonly topic: string
  readonly client: KafkaClient
  readonly value: ValueFormat
}

/** What the values of live records are. Paths are absolute. */
export type ValueFormat =
  /** A JSON object a record. */
  | { readonly kind: 'json' }
  /** Undecoded bytes into named columns. */
  | {
      readonly kind: 'raw'
      readonly value: string
      readonly key?: string
      /** Column of the record's timestamp. */
      readonly timestamp?: string
    }
  | { readonly kind: 'avro'; readonly schema: AvroSchemaPlace }
  | { readonly kind: 'protobuf'; readonly schema: ProtobufSchemaPlace }

export type AvroSchemaPlace =
  /** Values are plain; the schema of them all is in this file (.avsc). */
  { readonly from: 'file'; readonly path: string } | RegistryPlace

export type ProtobufSchemaPlace =
  /** Values are plain messages of this name; a .proto file, or a set of descriptors (protoc --descriptor_set_out). */
  { readonly from: 'proto' | 'descriptor'; readonly path: string; readonly message: string } | RegistryPlace

/** Values say the id of their schema (Confluent wire format), and a registry has it. */
export interface RegistryPlace {
  readonly from: 'registry'
  /** http: or https:, without a user. */
  readonly url: string
  readonly username?: string
  /** A reference in a job and in a plan, as that of `KafkaSasl`. */
  readonly password?: string
  /** Path of a PEM file with the certificates to trust. */
  readonly ca?: string
}
