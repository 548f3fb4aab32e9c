/**
 * What a broker is asked to know whether it serves: a Metadata request without topics, whose answer lists the brokers
 * that are not fenced. A broker that starts, or has lost its controller, does not list itself.
 *
 * Source: Kafka protocol guide, request header v1, Metadata v7.
 *
 *     request   key:int16=3 version:int16=7 correlation:int32 client:string topics:[]=none create:bool
 *     response  correlation:int32 throttle:int32 brokers:[id:int32 host:string port:int32 rack:string?] …
 */
import { askFramed } from '../framed-question.ts'

const METADATA = 3
const VERSION = 7
const CORRELATION = 1
const CLIENT = 'hindcast-stack'

/** Node ids of the brokers that a broker knows to be up. Throws where it does not answer. */
export async function liveBrokers(host: string, port: number): Promise<number[]> {
  return brokersOf(await askFramed(host, port, metadataRequest()))
}

export function metadataRequest(): Buffer {
  const client = Buffer.from(CLIENT)
  const head = Buffer.alloc(10)
  head.writeInt16BE(METADATA, 0)
  head.writeInt16BE(VERSION, 2)
  head.writeInt32BE(CORRELATION, 4)
  head.writeInt16BE(client.length, 8)
  return Buffer.concat([head, client, Buffer.from([0, 0, 0, 0, 0])])
}

/** Node ids of an answer. Throws where it is none. */
export function brokersOf(answer: Buffer): number[] {
  if (answer.readInt32BE(0) !== CORRELATION) throw new Error('the answer is to another question')
  const ids: number[] = []
  let at = 12
  for (let left = answer.readInt32BE(8); left > 0; left--) {
    ids.push(answer.readInt32BE(at))
    const hostEnd = at + 6 + answer.readInt16BE(at + 4)
    at = hostEnd + 6 + Math.max(0, answer.readInt16BE(hostEnd + 4)) // a rack of length −1 is none
  }
  return ids
}
