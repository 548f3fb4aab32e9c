/**
 * A program: plans and runs a job in this one thread, and prints what came over HTTP meanwhile, as undici tells it.
 *
 *     count-bytes.ts JOB RUN  →  { "ranges": requests, "rangeBytes": …, "others": requests, "otherBytes": … }
 */
import { subscribe } from 'node:diagnostics_channel'
import { loadJob } from '../../src/job/index.ts'
import { planJob, runPlan } from '../../src/run/index.ts'

/** What was counted. */
export interface Counted {
  /** Replies of DataNodes with bytes of files. */
  readonly ranges: number
  readonly rangeBytes: number
  /** Of them, bytes of ranges that had come before. */
  readonly repeatedBytes: number
  /** Replies of the NameNode. */
  readonly others: number
  readonly otherBytes: number
}

interface HeadersMessage {
  readonly request: { readonly path: string }
  readonly response: { readonly statusCode: number; readonly headers: readonly Buffer[] }
}

const counted = { ranges: 0, rangeBytes: 0, repeatedBytes: 0, others: 0, otherBytes: 0 }

/** Ranges by path, offset and length. */
const seen = new Set<string>()

subscribe('undici:request:headers', message => {
  const { request, response } = message as HeadersMessage
  const bytes = contentLength(response.headers)
  if (response.statusCode === 200 && /[?&]op=OPEN&/.test(request.path)) {
    counted.ranges++
    counted.rangeBytes += bytes
    const range = rangeOf(request.path)
    if (seen.has(range)) counted.repeatedBytes += bytes
    seen.add(range)
  } else {
    counted.others++
    counted.otherBytes += bytes
  }
})

function rangeOf(target: string): string {
  const { pathname, searchParams } = new URL(target, 'http://host')
  return `${pathname} ${searchParams.get('offset')} ${searchParams.get('length')}`
}

/** Heads come as names and values in turn. */
function contentLength(headers: readonly Buffer[]): number {
  const at = headers.findIndex((text, i) => i % 2 === 0 && /^content-length$/i.test(text.toString('latin1')))
  return at === -1 ? 0 : Number(headers[at + 1]!.toString('latin1'))
}

const [job, directory] = process.argv.slice(2)
const plan = await planJob(await loadJob(job!))
await runPlan(plan, { directory: directory!, inline: true, lanes: 1 })
process.stdout.write(`${JSON.stringify(counted)}\n`)
