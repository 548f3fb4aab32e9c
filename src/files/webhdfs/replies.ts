/**
 * Replies of WebHDFS as data, each field checked: a NameNode is a server like any other, and its replies are not
 * believed. No I/O. (Format: "WebHDFS REST API" of the Hadoop documentation, and measured on 3.5.)
 */

import { HindcastError } from '../../errors.ts'

export interface FileStatus {
  /** Name below the folder that was listed; empty for a path that was asked for itself. */
  readonly name: string
  readonly kind: 'file' | 'folder' | 'link'
  readonly bytes: number
  readonly mtimeMs: number
  /** Empty where the server tells none (HttpFS). */
  readonly fileId: string
  /** Bytes of its blocks; 0 where the server tells none. */
  readonly blockBytes: number
}

export interface ListingPage {
  readonly entries: readonly FileStatus[]
  readonly hasMore: boolean
}

export interface FileBlocks {
  /** Null where the server does not tell. */
  readonly isUnfinished: boolean | null
  readonly replicas: readonly Replica[]
}

/** A DataNode that has a replica. */
export interface Replica {
  /** Names it goes by in URLs, in lower case. */
  readonly hosts: readonly string[]
  /** With TLS and without. */
  readonly httpPorts: readonly number[]
  /** `address:port` of block transfer: how `excludedatanodes` calls it. */
  readonly transfer: string
}

type Json = Readonly<Record<string, unknown>>

export function parseStatus(body: unknown): FileStatus {
  return statusOf(object(object(body, 'the reply').FileStatus, 'FileStatus'))
}

/** LISTSTATUS_BATCH. */
export function parsePage(body: unknown): ListingPage {
  const listing = object(object(body, 'the reply').DirectoryListing, 'DirectoryListing')
  const remaining = count(listing.remainingEntries, 'remainingEntries')
  const entries = statusesOf(object(listing.partialListing, 'partialListing'))
  if (remaining > 0 && entries.length === 0) throw invalid('a page of a listing is empty, but not the last')
  return { entries, hasMore: remaining > 0 }
}

/** LISTSTATUS, all at once. */
export function parseListing(body: unknown): ListingPage {
  return { entries: statusesOf(object(body, 'the reply')), hasMore: false }
}

function statusesOf(holder: Json): FileStatus[] {
  const statuses = object(holder.FileStatuses, 'FileStatuses').FileStatus
  if (!Array.isArray(statuses)) throw invalid('FileStatus of a listing is no list')
  const entries = statuses.map(status => statusOf(object(status, 'FileStatus')))
  for (const { name } of entries)
    if (name === '' || name === '.' || name === '..' || name.includes('/') || name.includes('\0'))
      throw invalid('a listing has a name that no file can have')
  return entries
}

const KINDS: Readonly<Record<string, FileStatus['kind']>> = {
  FILE: 'file',
  DIRECTORY: 'folder',
  SYMLINK: 'link',
}

function statusOf(status: Json): FileStatus {
  const { pathSuffix: name, type } = status
  if (typeof name !== 'string') throw invalid('pathSuffix is no text')
  if (typeof type !== 'string' || !Object.hasOwn(KINDS, type)) throw invalid('the type of a file is unknown')
  const id = status.fileId === undefined ? 0 : count(status.fileId, 'fileId')
  return {
    name,
    kind: KINDS[type]!,
    bytes: count(status.length, 'length'),
    mtimeMs: count(status.modificationTime, 'modificationTime'),
    fileId: id === 0 ? '' : String(id),
    blockBytes: status.blockSize === undefined ? 0 : count(status.blockSize, 'blockSize'),
  }
}

/** GET_BLOCK_LOCATIONS. */
export function parseBlocks(body: unknown): FileBlocks {
  const blocks = object(object(body, 'the reply').LocatedBlocks, 'LocatedBlocks')
  const unfinished = blocks.isUnderConstruction
  const located = Array.isArray(blocks.locatedBlocks) ? (blocks.locatedBlocks as unknown[]) : []
  const replicas = located.flatMap(block => {
    const { locations } = object(block, 'locatedBlocks')
    return Array.isArray(locations) ? locations.map(location => replicaOf(object(location, 'locations'))) : []
  })
  return { isUnfinished: typeof unfinished === 'boolean' ? unfinished : null, replicas }
}

function replicaOf(location: Json): Replica {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  const [name, address, host] = [text(location.name), text(location.ipAddr), text(location.hostName)]
  const transfer = name === '' ? `${address}:${count(location.xferPort, 'xferPort')}` : name
  const httpPorts = [location.infoPort, location.infoSecurePort].map(port => count(port ?? 0, 'infoPort'))
  return { hosts: [host.toLowerCase(), address].filter(each => each !== ''), httpPorts, transfer }
}

/** `{"boolean": …}` of MKDIRS, RENAME and DELETE; a reply without a body is a yes (RENAME with options). */
export function parseBoolean(body: unknown): boolean {
  if (body === null) return true
  const { boolean } = object(body, 'the reply')
  if (typeof boolean !== 'boolean') throw invalid('the answer is neither true nor false')
  return boolean
}

/** GETFILECHECKSUM: `algorithm:bytes`. */
export function parseChecksum(body: unknown): string {
  const { algorithm, bytes } = object(object(body, 'the reply').FileChecksum, 'FileChecksum')
  if (typeof algorithm !== 'string' || typeof bytes !== 'string' || bytes.length > 1024)
    throw invalid('the checksum is no text')
  return `${algorithm.slice(0, 100)}:${bytes}`
}

function object(value: unknown, what: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${what} is missing`)
  return value as Json
}

function count(value: unknown, what: string): number {
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw invalid(`${what} is no whole number`)
  return value as number
}

/** A reply that WebHDFS does not give. */
export function invalid(why: string): HindcastError {
  return new HindcastError('reply-invalid', `the reply is not one of WebHDFS: ${why}`, {
    advice: 'Check that the port is the HTTP port of the NameNode (9870, with TLS 9871) or that of HttpFS.',
  })
}
