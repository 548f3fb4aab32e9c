/** What the processes of an HDFS are asked to know whether they serve. */
import { askBean } from '../jmx.ts'

const ANSWER_MS = 5_000

/** State of a NameNode: `active`, `standby`, `initializing`. */
export async function nameNodeState(http: string): Promise<string> {
  const { State } = await askBean<{ State: string }>(http, 'Hadoop:service=NameNode,name=NameNodeStatus')
  return State
}

export interface FileSystemState {
  readonly liveDataNodes: number
  readonly inSafeMode: boolean
}

export async function fileSystemState(http: string): Promise<FileSystemState> {
  const { NumLiveDataNodes, FSState } = await askBean<{ NumLiveDataNodes: number; FSState: string }>(
    http,
    'Hadoop:service=NameNode,name=FSNamesystemState',
  )
  return { liveDataNodes: NumLiveDataNodes, inSafeMode: FSState !== 'Operational' }
}

/**
 * Whether a DataNode is registered with the active NameNode and hears from it. One that starts answers HTTP seconds
 * before that.
 */
export async function dataNodeServes(http: string): Promise<boolean> {
  const { BPServiceActorInfo } = await askBean<{ BPServiceActorInfo: string }>(
    http,
    'Hadoop:service=DataNode,name=DataNodeInfo',
  )
  const actors = JSON.parse(BPServiceActorInfo) as BlockPoolActor[]
  return actors.some(
    ({ ActorState, NamenodeHaState, LastHeartbeatResponseTime }) =>
      ActorState === 'RUNNING' &&
      NamenodeHaState === 'active' &&
      Number(LastHeartbeatResponseTime) <= HEARD_SECONDS,
  )
}

/** Seconds since the last answer of a NameNode; heartbeats are a second apart. */
const HEARD_SECONDS = 3

/** One for each NameNode that the DataNode reports to. */
interface BlockPoolActor {
  readonly ActorState: string
  readonly NamenodeHaState: string
  readonly LastHeartbeatResponseTime: string
}

/** Whether an HttpFS gateway passes a question on to the NameNode and its answer back. */
export async function gatewayServes(http: string, user: string): Promise<boolean> {
  const response = await fetch(`${http}/webhdfs/v1/?op=GETFILESTATUS&user.name=${encodeURIComponent(user)}`, {
    signal: AbortSignal.timeout(ANSWER_MS),
  })
  if (!response.ok) throw new Error(`${http} answered ${response.status}`)
  const { FileStatus } = (await response.json()) as { FileStatus?: object }
  return FileStatus !== undefined
}
