/**
 * The certificate of an HDFS with TLS: one, for 127.0.0.1 and localhost, signed by itself, so that it is its own CA.
 * Made with the `keytool` that comes with Java. Source: ssl-server.xml and ssl-client.xml of Hadoop.
 */
import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { spawnCommand } from '../../harness/index.ts'
import type { Properties } from '../site-xml.ts'
import { StackError } from '../stack-error.ts'
import type { HdfsShape } from './shape.ts'

/** Of key stores that only these servers have; keytool asks for at least six characters. */
const PASSWORD = 'hindcast'

function folderOf(shape: HdfsShape): string {
  return join(shape.directory, 'tls')
}

function keyStore(shape: HdfsShape): string {
  return join(folderOf(shape), 'keys.p12')
}

/** The certificate to trust, in PEM. */
export function caFile(shape: HdfsShape): string {
  return join(folderOf(shape), 'ca.pem')
}

/** Text of the certificate to trust: the `ca` of a TLS client. */
export function readCa(shape: HdfsShape): string {
  return readFileSync(caFile(shape), 'utf8')
}

/** Makes key and certificate, unless they are there. Throws StackError. */
export async function ensureCertificate(shape: HdfsShape): Promise<void> {
  if (existsSync(caFile(shape))) return
  mkdirSync(folderOf(shape), { recursive: true })
  const store = [
    '-alias',
    'server',
    '-keystore',
    keyStore(shape),
    '-storetype',
    'PKCS12',
    '-storepass',
    PASSWORD,
  ]
  if (!existsSync(keyStore(shape))) {
    const subject = ['-dname', 'CN=localhost', '-ext', 'SAN=ip:127.0.0.1,dns:localhost', '-ext', 'BC=ca:true']
    await keytool([
      '-genkeypair',
      '-keyalg',
      'EC',
      '-groupname',
      'secp256r1',
      '-validity',
      '3650',
      ...subject,
      ...store,
    ])
  }
  await keytool(['-exportcert', '-rfc', '-file', caFile(shape), ...store])
}

export function sslServer(shape: HdfsShape): Properties {
  return {
    'ssl.server.keystore.location': keyStore(shape),
    'ssl.server.keystore.password': PASSWORD,
    'ssl.server.keystore.keypassword': PASSWORD,
    'ssl.server.keystore.type': 'pkcs12',
    'ssl.server.truststore.location': keyStore(shape),
    'ssl.server.truststore.password': PASSWORD,
    'ssl.server.truststore.type': 'pkcs12',
  }
}

export function sslClient(shape: HdfsShape): Properties {
  return {
    'ssl.client.truststore.location': keyStore(shape),
    'ssl.client.truststore.password': PASSWORD,
    'ssl.client.truststore.type': 'pkcs12',
  }
}

async function keytool(args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await spawnCommand('keytool', args).ended
  if (code === 0) return
  throw new StackError(`keytool ended with exit code ${code}\n${stdout}${stderr}`, 'It comes with Java.')
}
