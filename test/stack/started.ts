/** A cluster that serves, or nothing left running. */

export interface Startable {
  start(): Promise<unknown>
  waitReady(): Promise<unknown>
  stop(): Promise<unknown>
}

/** Starts all of the cluster and waits until it serves; ends what was started where that fails. */
export async function started<Cluster extends Startable>(cluster: Cluster): Promise<Cluster> {
  try {
    await cluster.start()
    await cluster.waitReady()
  } catch (error) {
    await cluster.stop()
    throw error
  }
  return cluster
}
