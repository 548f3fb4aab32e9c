/**
 * The way to an HBase cluster that leads through ZooKeeper: where its masters are. Servers of the quorum are tried in
 * turn, each with an equal part of the time that is left, so that a dead one does not use up all of it.
 *
 *     <path>/master            content: the active master
 *     <path>/backup-masters    a child for each that stands by
 */

import { HindcastError, wrapError } from '../errors.ts'
import { parseChildren, parseData } from './zookeeper-jute.ts'
import { masterOfChild, masterOfNode } from './zookeeper-node.ts'
import { type ZookeeperAddress, ZookeeperSession } from './zookeeper-session.ts'

export interface ZookeeperOptions {
  /** `zookeeper.znode.parent` of the cluster; default `/hbase`. */
  readonly path?: string
  /** For all servers together. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

const PATH = '/hbase'
const PORT = 2181

/**
 * `host:port` of the masters, the active one first. Raises `argument-invalid` for what is no `host:port`, `access-denied`
 * where nodes may not be read, `reply-invalid` where what is in them is not HBase's, `store-failed` where no server
 * answered in time or none knows of a master.
 */
export async function mastersFromZookeeper(
  hosts: readonly string[],
  { path = PATH, timeoutMs, signal }: ZookeeperOptions,
): Promise<string[]> {
  if (hosts.length === 0) throw notAnAddress('')
  const addresses = hosts.map(parseHost)
  const until = performance.now() + timeoutMs
  const folder = path.replace(/\/+$/, '')
  const failures: HindcastError[] = []
  for (const [i, address] of addresses.entries()) {
    signal?.throwIfAborted()
    const left = until - performance.now()
    const attemptMs = Math.max(1, Math.floor(left / (addresses.length - i)))
    if (left <= 0) break
    try {
      return await askServer(address, folder, { attemptMs, signal })
    } catch (error) {
      signal?.throwIfAborted()
      const failure = ofServer(error, hosts[i]!)
      // What a server may not tell, or holds, is the same on all of them.
      if (failure.code === 'access-denied') throw failure
      failures.push(failure)
    }
  }
  throw failures.length === 1 ? failures[0]! : noneAnswered(failures, timeoutMs)
}

interface Attempt {
  readonly attemptMs: number
  readonly signal: AbortSignal | undefined
}

async function askServer(address: ZookeeperAddress, folder: string, attempt: Attempt): Promise<string[]> {
  const { attemptMs, signal } = attempt
  const late = new AbortController()
  const timer = setTimeout(() => late.abort(tooLate(attemptMs)), attemptMs)
  const either = signal === undefined ? late.signal : AbortSignal.any([late.signal, signal])
  try {
    const session = await ZookeeperSession.open(address, either, Math.max(1000, 2 * attemptMs))
    try {
      const active = await session.read('data', `${folder}/master`)
      const backups = await session.read('children', `${folder}/backup-masters`)
      const masters = active === null ? [] : [masterOfNode(parseData(active))]
      if (backups !== null) masters.push(...parseChildren(backups).map(masterOfChild))
      if (masters.length === 0) throw noMaster(folder)
      return [...new Set(masters)]
    } finally {
      session.close()
    }
  } finally {
    clearTimeout(timer)
  }
}

function parseHost(text: string): ZookeeperAddress {
  const [, six, name, digits] = /^(?:\[([0-9A-Fa-f:.%\w]+)\]|([^\s:[\]/@]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = six ?? name
  const port = digits === undefined ? PORT : Number(digits)
  if (host === undefined || port < 1 || port > 65_535) throw notAnAddress(text)
  return { host, port }
}

function notAnAddress(text: string): HindcastError {
  return new HindcastError(
    'argument-invalid',
    `"${text.slice(0, 300)}" is not the address of a server of ZooKeeper`,
    {
      advice: 'List the quorum as host:port, such as zk1:2181.',
    },
  )
}

function ofServer(error: unknown, host: string): HindcastError {
  const failure = wrapError(error, 'store-failed', 'no answer')
  return new HindcastError(failure.code, `ZooKeeper ${host}: ${failure.message}`, {
    where: { uri: host },
    advice: failure.advice,
    cause: error,
  })
}

function tooLate(attemptMs: number): HindcastError {
  return new HindcastError('store-failed', `no answer in ${attemptMs} ms`, {
    advice: 'Check host and port, and that the server runs: `echo srvr | nc HOST PORT` tells.',
  })
}

function noMaster(folder: string): HindcastError {
  return new HindcastError(
    'store-failed',
    `it knows of no master of HBase below ${folder === '' ? '/' : folder}`,
    {
      advice:
        'Check that a master runs, and `znode`: it is zookeeper.znode.parent of the cluster, /hbase unless set.',
    },
  )
}

function noneAnswered(failures: readonly HindcastError[], timeoutMs: number): HindcastError {
  const code = failures.every(each => each.code === 'reply-invalid') ? 'reply-invalid' : 'store-failed'
  const first = failures[0]
  return new HindcastError(
    failures.length === 0 ? 'store-failed' : code,
    `no server of ZooKeeper told where the masters are, in ${timeoutMs} ms: ${failures.map(each => each.message).join('; ')}`,
    { where: first?.where ?? {}, advice: first?.advice ?? CHECK_TIME, cause: first },
  )
}

const CHECK_TIME = 'Give it more time, or check the servers of the quorum.'
