/** The beans of Hadoop and HBase servers, which they tell over HTTP (`/jmx`): state that cannot lag behind the process. */

const ANSWER_MS = 5_000

/** A bean of a Hadoop server, as it is. Throws where the server does not answer or has no such bean. */
export async function askBean<Shape>(http: string, bean: string): Promise<Shape> {
  const response = await fetch(`${http}/jmx?qry=${encodeURIComponent(bean)}`, {
    signal: AbortSignal.timeout(ANSWER_MS),
  })
  if (!response.ok) throw new Error(`${http}/jmx answered ${response.status}`)
  const { beans } = (await response.json()) as { beans: Shape[] }
  if (beans[0] === undefined) throw new Error(`${http} has no ${bean} yet`)
  return beans[0]
}
