import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer } from 'node:net'
import { describe, expect, it } from 'vitest'
import { serveMetrics } from '../../../../src/run/metrics/metrics-server.ts'

const TEXT = { contentType: 'text/plain; version=0.0.4', text: async () => 'a 1\n' }

async function served<Result>(work: (url: string) => Promise<Result>, text = TEXT): Promise<Result> {
  let url = ''
  const server = await serveMetrics({ port: 0, onListening: at => (url = at) }, text)
  try {
    return await work(url)
  } finally {
    await server.close()
  }
}

describe('the metrics server', () => {
  it('answers GET /metrics on loopback, and nothing else', async () => {
    await served(async url => {
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/)
      const found = await fetch(`${url}?name=a`)
      expect([found.status, found.headers.get('content-type'), await found.text()]).toEqual([
        200,
        TEXT.contentType,
        'a 1\n',
      ])
      for (const path of ['/', '/metrics/', '/metrics.json'])
        expect((await fetch(new URL(path, url))).status).toBe(404)
      expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(405)
    })
  })

  it('tells what went wrong, and goes on', async () => {
    let failed = false
    const text = async (): Promise<string> => {
      if (failed) return 'b 2\n'
      failed = true
      throw new Error('no figures')
    }
    await served(
      async url => {
        expect((await fetch(url)).status).toBe(500)
        expect(await (await fetch(url)).text()).toBe('b 2\n')
      },
      { ...TEXT, text },
    )
  })

  it('is gone when it is closed: a scrape under way gets its answer, a connection that hangs is cut', async () => {
    const [asked, figures] = [Promise.withResolvers<void>(), Promise.withResolvers<string>()]
    const text = (): Promise<string> => {
      asked.resolve()
      return figures.promise
    }
    let url = ''
    const server = await serveMetrics({ port: 0, onListening: at => (url = at) }, { ...TEXT, text })
    const hanging = connect(Number(new URL(url).port), '127.0.0.1')
    hanging.write('GET /metrics HTTP/1.1\r\n')
    const scrape = fetch(url).then(found => found.text())
    await asked.promise
    const closed = server.close()
    figures.resolve('c 3\n')
    expect(await scrape).toBe('c 3\n')
    await closed
    await once(hanging, 'close')
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  })

  it('says that a port is taken, and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    try {
      const { port } = other.address() as AddressInfo
      await expect(serveMetrics({ port }, TEXT)).rejects.toMatchObject({
        code: 'argument-invalid',
        message: `metrics cannot be served on 127.0.0.1, port ${port}: another process has it`,
        advice: expect.stringContaining('--metrics 0') as string,
      })
    } finally {
      other.close()
    }
    await expect(serveMetrics({ port: 0, host: '192.0.2.1' }, TEXT)).rejects.toMatchObject({
      code: 'argument-invalid',
    })
  })
})
