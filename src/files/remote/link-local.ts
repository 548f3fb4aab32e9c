/**
 * Addresses that no server of a cluster has and that cloud machines answer with their secrets: link-local ones
 * (RFC 3927, RFC 4291 §2.5.6), in every form that reaches them, and the metadata address of IPv6 clouds. A redirect
 * there is never followed. No I/O.
 */

import { isIP } from 'node:net'

/** True for an address that is never connected to. `address` is an IP address in any written form, zone included. */
export function isLinkLocal(address: string): boolean {
  const plain = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '')
  const family = isIP(plain)
  if (family === 4) return isLinkLocalV4(plain.split('.').map(Number))
  if (family !== 6) return false
  const groups = groupsOf(plain)
  if ((groups[0]! & 0xffc0) === 0xfe80) return true
  if (groups.join() === CLOUD_METADATA.join()) return true
  return carriesV4(groups) && isLinkLocalV4(bytesOf(groups.slice(6)))
}

/** fd00:ec2::254 */
const CLOUD_METADATA = [0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254]

function isLinkLocalV4(bytes: readonly number[]): boolean {
  return bytes[0] === 169 && bytes[1] === 254
}

/** IPv4-mapped (::ffff:a.b.c.d), IPv4-compatible (::a.b.c.d), translated (::ffff:0:a.b.c.d, 64:ff9b::a.b.c.d). */
function carriesV4(groups: readonly number[]): boolean {
  const head = groups.slice(0, 6)
  return V4_PREFIXES.some(prefix => prefix.every((group, i) => group === head[i]))
}

const V4_PREFIXES = [
  [0, 0, 0, 0, 0, 0xffff],
  [0, 0, 0, 0, 0, 0],
  [0, 0, 0, 0, 0xffff, 0],
  [0x64, 0xff9b, 0, 0, 0, 0],
]

/** The eight groups of a valid IPv6 address. */
function groupsOf(address: string): number[] {
  const dotted = /(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)
  const plain =
    dotted === null
      ? address
      : address.slice(0, dotted.index) +
        [pair(dotted[1]!, dotted[2]!), pair(dotted[3]!, dotted[4]!)]
          .map(group => group.toString(16))
          .join(':')
  const [head, tail] = plain.split('::').map(half => (half === '' ? [] : half.split(':'))) as [
    string[],
    string[]?,
  ]
  const zeros = tail === undefined ? [] : new Array<string>(8 - head.length - tail.length).fill('0')
  return [...head, ...zeros, ...(tail ?? [])].map(group => Number.parseInt(group, 16))
}

function pair(high: string, low: string): number {
  return Number(high) * 256 + Number(low)
}

function bytesOf(groups: readonly number[]): number[] {
  return groups.flatMap(group => [group >> 8, group & 0xff])
}
