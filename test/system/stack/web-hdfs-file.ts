/**
 * A file written and read through WebHDFS with nothing but node:http, so that the test of the servers does not lean on
 * the client that is tested with them. (fetch cannot write: a DataNode sends an unasked `100 Continue`.)
 */
import { request } from 'node:http'

interface Answer {
  readonly status: number
  readonly location: string | undefined
  readonly body: string
}

/** Writes a file anew. Throws unless the DataNode says 201. */
export async function writeFile(nameNode: string, path: string, text: string): Promise<void> {
  const url = `${nameNode}/webhdfs/v1${path}?op=CREATE&overwrite=true`
  const redirect = await send('PUT', url)
  const written = await send('PUT', redirect.location ?? url, text)
  if (written.status !== 201) throw new Error(`CREATE ${path}: ${written.status} ${written.body}`)
}

/** Text of a file, from the DataNode that the NameNode chooses; `exclude` (its xfer address) keeps it from one. */
export async function readFile(nameNode: string, path: string, exclude = ''): Promise<string> {
  const url = `${nameNode}/webhdfs/v1${path}?op=OPEN&excludedatanodes=${exclude}`
  const redirect = await send('GET', url)
  const read = await send('GET', redirect.location ?? url)
  if (read.status !== 200) throw new Error(`OPEN ${path}: ${read.status} ${read.body}`)
  return read.body
}

function send(method: string, url: string, body = ''): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  request(url, { method, agent: false }, response => {
    let text = ''
    response
      .setEncoding('utf8')
      .on('data', chunk => {
        text += chunk
      })
      .on('error', reject)
      .on('end', () =>
        resolve({ status: response.statusCode ?? 0, location: response.headers.location, body: text }),
      )
  })
    .on('error', reject)
    .end(body)
  return promise
}
