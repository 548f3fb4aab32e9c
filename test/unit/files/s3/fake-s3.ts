/**
 * A server that speaks as much of S3 as the file system asks for, over objects in memory; what the real one does not
 * do, a test does in `before`: it answers itself, and returns true.
 */
import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { FakeServer } from '../webhdfs/fake-server.ts'

export interface AskedS3 {
  readonly method: string
  /** Decoded, without the bucket. */
  readonly key: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
}

export type Before = (asked: AskedS3, response: ServerResponse) => boolean

interface Upload {
  readonly key: string
  readonly parts: Map<number, Buffer>
}

/** Keys of a page. */
const PAGE = 1000

export class FakeS3 implements AsyncDisposable {
  readonly objects = new Map<string, Buffer>()
  readonly uploads = new Map<string, Upload>()
  readonly asked: AskedS3[] = []
  before: Before = () => false
  pageKeys = PAGE
  #server: FakeServer | null = null
  #scheme = 'http'

  /** With `tls`, PEM, over HTTPS. */
  static async start(tls?: { readonly key: string; readonly cert: string }): Promise<FakeS3> {
    const fake = new FakeS3()
    fake.#scheme = tls === undefined ? 'http' : 'https'
    fake.#server = await FakeServer.start((_asked, response, request) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => chunks.push(chunk))
      request.on('end', () => fake.#answer(request, response, Buffer.concat(chunks)))
    }, tls)
    return fake
  }

  get endpoint(): string {
    return `${this.#scheme}://127.0.0.1:${this.#server!.port}`
  }

  /** Requests in the order in which they came: `GET key`, or the kind of listing. */
  get calls(): string[] {
    return this.asked.map(({ method, key, query }) =>
      query.has('list-type')
        ? `LIST ${query.get('prefix')}${query.has('delimiter') ? ' folded' : ''}`
        : `${method} ${key}`,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server![Symbol.asyncDispose]()
  }

  #answer(request: IncomingMessage, response: ServerResponse, body: Buffer): void {
    const url = new URL(request.url ?? '', 'http://x')
    const key = decodeURIComponent(url.pathname).replace(/^\/[^/]*\/?/, '')
    const asked = {
      method: request.method ?? '',
      key,
      query: url.searchParams,
      headers: request.headers,
      body,
    }
    this.asked.push(asked)
    if (this.before(asked, response)) return
    if (asked.query.has('list-type')) this.#list(asked, response)
    else if (asked.query.has('uploads') || asked.query.has('uploadId')) this.#multipart(asked, response)
    else if (asked.method === 'PUT') this.#put(asked, response)
    else if (asked.method === 'DELETE') {
      this.objects.delete(key)
      response.writeHead(204).end()
    } else this.#get(asked, response)
  }

  #list({ query }: AskedS3, response: ServerResponse): void {
    const prefix = query.get('prefix') ?? ''
    const after = query.get('continuation-token') ?? query.get('start-after') ?? ''
    const max = Math.min(Number(query.get('max-keys') ?? this.pageKeys), this.pageKeys)
    const names = new Set<string>()
    for (const key of [...this.objects.keys()].sort(byBytes)) {
      if (!key.startsWith(prefix)) continue
      const slash = query.has('delimiter') ? key.indexOf('/', prefix.length) : -1
      const name = slash < 0 ? key : key.slice(0, slash + 1)
      // a folder that was given is not given again; one that `after` lies in is
      const isPast = byBytes(name, after) > 0 || (slash >= 0 && after.startsWith(name) && after !== name)
      if (isPast && byBytes(key, after) > 0) names.add(name)
    }
    const page = [...names].slice(0, max)
    const isCut = names.size > max
    const encoded = (key: string) => encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/')
    const items = page.map(name =>
      query.has('delimiter') && name.endsWith('/') && name !== prefix
        ? `<CommonPrefixes><Prefix>${encoded(name)}</Prefix></CommonPrefixes>`
        : `<Contents><Key>${encoded(name)}</Key><LastModified>2026-01-01T00:00:00.123Z</LastModified><ETag>&quot;${md5(this.objects.get(name)!)}&quot;</ETag><Size>${this.objects.get(name)!.length}</Size></Contents>`,
    )
    const next = isCut ? `<NextContinuationToken>${escaped(page.at(-1)!)}</NextContinuationToken>` : ''
    xml(
      response,
      200,
      `<ListBucketResult><EncodingType>url</EncodingType><IsTruncated>${isCut}</IsTruncated>${next}${items.join('')}</ListBucketResult>`,
    )
  }

  #put({ key, headers, body }: AskedS3, response: ServerResponse): void {
    if (headers['if-none-match'] === '*' && this.objects.has(key)) {
      refuse(response, 412, 'PreconditionFailed')
      return
    }
    if (headers['content-md5'] !== createHash('md5').update(body).digest('base64')) {
      refuse(response, 400, 'BadDigest')
      return
    }
    this.objects.set(key, body)
    response.writeHead(200, { etag: `"${md5(body)}"` }).end()
  }

  #multipart({ method, key, query, headers, body }: AskedS3, response: ServerResponse): void {
    const id = query.get('uploadId') ?? `upload-${this.uploads.size}`
    if (query.has('uploads')) {
      this.uploads.set(id, { key, parts: new Map() })
      const answer = `<InitiateMultipartUploadResult><UploadId>${id}</UploadId></InitiateMultipartUploadResult>`
      xml(response, 200, answer)
      return
    }
    const upload = this.uploads.get(id)
    if (upload === undefined) {
      refuse(response, 404, 'NoSuchUpload')
      return
    }
    if (method === 'PUT') {
      upload.parts.set(Number(query.get('partNumber')), body)
      response.writeHead(200, { etag: `"${md5(body)}"` }).end()
      return
    }
    if (method === 'POST' && headers['if-none-match'] === '*' && this.objects.has(key)) {
      refuse(response, 412, 'PreconditionFailed')
      return
    }
    this.uploads.delete(id)
    if (method === 'DELETE') {
      response.writeHead(204).end()
      return
    }
    this.objects.set(key, Buffer.concat([...upload.parts].sort(([a], [b]) => a - b).map(([, part]) => part)))
    xml(
      response,
      200,
      '<CompleteMultipartUploadResult><ETag>&quot;x-2&quot;</ETag></CompleteMultipartUploadResult>',
    )
  }

  #get({ method, key, headers }: AskedS3, response: ServerResponse): void {
    const object = this.objects.get(key)
    if (object === undefined) {
      refuse(response, 404, 'NoSuchKey')
      return
    }
    const etag = `"${md5(object)}"`
    if (headers['if-match'] !== undefined && headers['if-match'] !== etag) {
      refuse(response, 412, 'PreconditionFailed')
      return
    }
    const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '')
    const from = Number(range?.[1] ?? 0)
    const to = Math.min(Number(range?.[2] ?? Number.POSITIVE_INFINITY), object.length - 1)
    const body = object.subarray(from, to + 1)
    response.writeHead(range === null ? 200 : 206, {
      etag,
      'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT',
      'content-length': body.length,
      ...(range === null ? {} : { 'content-range': `bytes ${from}-${to}/${object.length}` }),
    })
    response.end(method === 'HEAD' ? undefined : body)
  }
}

export function xml(response: ServerResponse, status: number, body: string): void {
  response
    .writeHead(status, { 'content-type': 'application/xml' })
    .end(`<?xml version="1.0" encoding="UTF-8"?>${body}`)
}

export function refuse(response: ServerResponse, status: number, code: string, message = 'so it is'): void {
  xml(response, status, `<Error><Code>${code}</Code><Message>${message}</Message></Error>`)
}

export function md5(bytes: Uint8Array): string {
  return createHash('md5').update(bytes).digest('hex')
}

function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
