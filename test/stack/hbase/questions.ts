/** What the processes of an HBase are asked to know whether they serve. */
import { connect } from 'node:net'
import { askBean } from '../jmx.ts'
import { callThrift } from './thrift-call.ts'

const ANSWER_MS = 5_000

/** Whether ZooKeeper answers `srvr`, the one word that it answers by default, with its mode. */
export async function zookeeperServes(host: string, port: number): Promise<boolean> {
  const socket = connect({ host, port, timeout: ANSWER_MS }).setEncoding('utf8')
  socket.on('timeout', () => socket.destroy(new Error(`no answer in ${ANSWER_MS} ms`)))
  socket.write('srvr')
  let answer = ''
  for await (const text of socket) answer += text
  return /^Mode: /m.test(answer)
}

/** Whether the master is the active one, has initialised, and has no region between two servers. */
export async function masterServes(http: string): Promise<boolean> {
  const server = await askBean<MasterBean>(http, 'Hadoop:service=HBase,name=Master,sub=Server')
  if (server['tag.isActiveMaster'] !== 'true' || !(server.masterFinishedInitializationTime > 0)) return false
  const assignment = 'Hadoop:service=HBase,name=Master,sub=AssignmentManager'
  return (await askBean<{ ritCount: number }>(http, assignment)).ritCount === 0
}

/**
 * Whether the master lists the region server as it runs now: its name has its start time, so that one that was killed
 * and has come back is not taken for the one that the master still believes to be alive.
 */
export async function regionServerServes(masterHttp: string, http: string): Promise<boolean> {
  const own = await askBean<{ 'tag.serverName': string }>(
    http,
    'Hadoop:service=HBase,name=RegionServer,sub=Server',
  )
  const master = await askBean<MasterBean>(masterHttp, 'Hadoop:service=HBase,name=Master,sub=Server')
  return (master['tag.liveRegionServers'] ?? '').split(';').includes(own['tag.serverName'])
}

/** Whether the gateway can list tables, for which it asks the master. */
export async function gatewayServes(host: string, port: number): Promise<boolean> {
  await callThrift(host, port, 'getTableNamesByPattern', [
    [1, '.*'],
    [2, true],
  ])
  return true
}

interface MasterBean {
  readonly 'tag.isActiveMaster': string
  readonly 'tag.liveRegionServers'?: string
  readonly masterFinishedInitializationTime: number
}
