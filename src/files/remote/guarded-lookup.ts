/** Names of servers → addresses to connect to: those that cloud machines answer with their secrets are left out. */

import type { LookupAddress, LookupOptions } from 'node:dns'
import { lookup } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { HindcastError } from '../../errors.ts'
import { isLinkLocal } from './link-local.ts'
import { redacted } from './redaction.ts'

/** As `dns.lookup`, without the addresses that are never connected to; `redirect-refused` where none is left. */
export const guardedLookup: LookupFunction = (hostname, options, callback) => {
  const wanted: LookupOptions = { ...options, all: true }
  lookup(hostname, wanted, (error, found) => {
    if (error !== null) return callback(error, '', 0)
    const addresses = (found as unknown as LookupAddress[]).filter(({ address }) => !isLinkLocal(address))
    const [first] = addresses
    if (first === undefined) return callback(linkLocalError(hostname), '', 0)
    if (options.all === true) callback(null, addresses)
    else callback(null, first.address, first.family)
  })
}

function linkLocalError(host: string): HindcastError {
  return new HindcastError(
    'redirect-refused',
    `${redacted(host)} is a link-local address, which is never connected to`,
    { advice: 'Check what the name stands for: a server of a cluster does not have such an address.' },
  )
}
