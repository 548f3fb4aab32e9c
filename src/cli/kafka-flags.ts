/** Flags of commands that reach brokers of Kafka. Secrets are references: a command line is seen by everybody. */

import { resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { HindcastError } from '../errors.ts'
import type { KafkaAccess, KafkaSasl, SaslMechanism } from '../job/index.ts'

export interface KafkaFlags {
  readonly brokers: string
  readonly tls?: boolean
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly serverName?: string
  readonly sasl?: string
  readonly user?: string
  readonly password?: string
  readonly token?: string
  readonly advertised?: string
}

const MECHANISMS = ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512', 'OAUTHBEARER'] satisfies SaslMechanism[]

export function addKafkaFlags(command: Command): Command {
  return command
    .requiredOption('--brokers <hosts>', 'host:port of some brokers, separated by commas')
    .option('--tls', 'speak TLS and trust what the system trusts')
    .option('--ca <file>', 'speak TLS and trust these certificates, PEM')
    .option('--cert <file>', 'certificate of this client, PEM')
    .option('--key <file>', 'its key, PEM')
    .option('--server-name <name>', 'name that certificates must have, where it is not the host')
    .addOption(new Option('--sasl <mechanism>', 'how to log in').choices(MECHANISMS))
    .option('--user <name>', 'user name for SASL')
    .option('--password <reference>', 'where the password is: ${env:NAME} or ${file:path}')
    .option('--token <reference>', 'where the token of OAUTHBEARER is, in the same way')
    .option('--advertised <hosts>', 'hosts or suffixes that brokers may advertise, separated by commas')
}

/** As a job would say it. Raises `argument-invalid`. */
export function kafkaAccessOf(flags: KafkaFlags): KafkaAccess {
  const { ca, cert, key, serverName } = flags
  const isTls = flags.tls === true || [ca, cert, key, serverName].some(each => each !== undefined)
  return {
    brokers: listOf(flags.brokers),
    ...(isTls
      ? {
          tls: {
            ...(ca === undefined ? {} : { ca: resolve(ca) }),
            ...(cert === undefined ? {} : { cert: resolve(cert) }),
            ...(key === undefined ? {} : { key: resolve(key) }),
            ...(serverName === undefined ? {} : { serverName }),
          },
        }
      : {}),
    ...(flags.sasl === undefined ? {} : { sasl: saslOf(flags.sasl as SaslMechanism, flags) }),
    ...(flags.advertised === undefined ? {} : { advertised: listOf(flags.advertised) }),
  }
}

function saslOf(mechanism: SaslMechanism, { user, password, token }: KafkaFlags): KafkaSasl {
  return {
    mechanism,
    ...(user === undefined ? {} : { username: user }),
    ...(password === undefined ? {} : { password: reference('--password', password) }),
    ...(token === undefined ? {} : { token: reference('--token', token) }),
  }
}

/** Paths become absolute; a secret that is written out is refused, and not quoted. */
function reference(option: string, text: string): string {
  const [, source, name] = /^\$\{(env|file):([^}]+)\}$/.exec(text) ?? []
  if (name !== undefined) return source === 'env' ? text : `\${file:${resolve(name)}}`
  throw new HindcastError(
    'argument-invalid',
    `${option} must say where the secret is, not the secret itself`,
    {
      advice: `Write ${option} '\${env:NAME}' or ${option} '\${file:path}', in single quotes.`,
    },
  )
}

function listOf(text: string): string[] {
  const list = text.split(',').map(each => each.trim())
  return list.filter(each => each !== '')
}
