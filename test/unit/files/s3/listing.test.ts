/** Listings of a bucket against a naive twin, their number of requests, and servers that lie about them. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isHidden } from '../../../../src/files/glob.ts'
import { refuse, xml } from './fake-s3.ts'
import { withFakeS3 } from './s3-fixture.ts'

const CASES = Number(process.env.HINDCAST_CASES ?? 60)

describe('listings of S3', () => {
  const s3 = withFakeS3({ attemptMs: 500 })

  function fill(keys: readonly string[]): void {
    s3.server.objects.clear()
    for (const key of keys) s3.server.objects.set(key, Buffer.from(key))
  }

  async function listed(...patterns: string[]): Promise<string[]> {
    const { files: found } = await s3.files.list(patterns)
    return found.map(file => file.path.slice('s3://bucket/'.length))
  }

  it('of a folder are all visible objects below it, whatever the pages', async () => {
    const name = fc.constantFrom('a', 'b=1', '_c', '.d', '_e=2', 'f g', 'é', '🎉', '~', '%2B', '+', 'a0')
    const key = fc.array(name, { minLength: 1, maxLength: 4 }).map(names => `top/${names.join('/')}`)
    const world = fc.record({
      keys: fc.uniqueArray(key, { maxLength: 40 }),
      page: fc.integer({ min: 1, max: 12 }),
    })
    await fc.assert(
      fc.asyncProperty(world, async ({ keys, page }) => {
        fill(keys)
        s3.server.pageKeys = page
        const expected = keys.filter(each => !each.split('/').some(isHidden))
        const found = await listed('/top').catch(error => {
          expect(error).toMatchObject({ code: 'files-none' })
          return []
        })
        expect([...found].sort()).toEqual([...expected].sort())
        const deep = keys.filter(each => /^top\/[^/_.][^/]*\/a$/.test(each) || /^top\/_e=2\/a$/.test(each))
        const matched = await listed('/top/*/a').catch(() => [])
        // a folder that a pattern ends at stands for all below it
        expect(matched.filter(each => each.split('/').length === 3).sort()).toEqual(deep.sort())
      }),
      { numRuns: CASES },
    )
  })

  it('of a small tree are one request after the look for the name', async () => {
    fill(Array.from({ length: 500 }, (_, i) => `t/dt=${i % 50}/h=${i % 7}/${i}`))
    expect(await listed('/t/dt=*/h=3/*')).toHaveLength(500 / 7 - ((500 / 7) % 1))
    expect(s3.server.calls.filter(call => call.startsWith('LIST'))).toEqual(['LIST t/dt=*/h=3/*/', 'LIST t/'])
  })

  it('of large folders leave out what a pattern leaves out', async () => {
    s3.server.pageKeys = 100
    fill(Array.from({ length: 2000 }, (_, i) => `t/dt=${i % 4}/${String(i).padStart(4, '0')}`))
    expect(await listed('/t/dt=2/*')).toHaveLength(500)
    expect(s3.server.calls.some(call => call.startsWith('LIST t/dt=1'))).toBe(false)
    s3.server.asked.length = 0
    expect(await listed('/t/dt=[23]/*')).toHaveLength(1000)
    // 1 for the name, 2 for the folders, 5 for each of the two
    expect(s3.server.calls.filter(call => call.startsWith('LIST'))).toHaveLength(13)
  })

  it('ask for nothing above the first wildcard', async () => {
    fill(['a/b/c/x.csv'])
    s3.server.before = ({ key, query }, response) => {
      const isBelow = (query.get('prefix') ?? key).startsWith('a/b/')
      if (!isBelow) refuse(response, 403, 'AccessDenied')
      return !isBelow
    }
    expect(await listed('/a/b/*/x.csv')).toEqual(['a/b/c/x.csv'])
  })

  it('need no right to ask for a key of the name of a folder', async () => {
    fill(['a/b/x.csv'])
    s3.server.before = ({ method }, response) => {
      if (method === 'HEAD') response.writeHead(403).end()
      return method === 'HEAD'
    }
    expect(await listed('/a/b')).toEqual(['a/b/x.csv'])
    expect(await listed('/a/*/x.csv')).toEqual(['a/b/x.csv'])
    await expect(s3.files.list(['/a/c'])).rejects.toMatchObject({ code: 'access-denied' })
  })

  it('count keys that are no names of files', async () => {
    fill(['a/x', 'a/', 'a/f/', 'a//y', 'a/g//z'])
    expect(await s3.files.list(['/a'])).toMatchObject({
      files: [{ path: 's3://bucket/a/x' }],
      skipped: { special: 2, empty: 0, hidden: 0 },
    })
    s3.server.pageKeys = 2
    expect(await s3.files.list(['/a'])).toMatchObject({
      files: [{ path: 's3://bucket/a/x' }],
      skipped: { special: 2, empty: 0, hidden: 0 },
    })
    await expect(s3.files.stat('/')).rejects.toMatchObject({ code: 'file-unreadable' })
  })

  const OBJECT =
    '<Contents><Key>t/x</Key><LastModified>2026-01-01T00:00:00Z</LastModified><ETag>"e"</ETag><Size>1</Size></Contents>'
  const going = (token: string, contents = OBJECT) =>
    `<ListBucketResult><IsTruncated>true</IsTruncated>${token}${contents}</ListBucketResult>`

  it.each([
    [
      'goes on for ever',
      going('<NextContinuationToken>t</NextContinuationToken>'),
      'reply-invalid',
      /circles/,
    ],
    ['goes on, but not where', going(''), 'reply-invalid', /does not say where/],
    ['has no sizes', going('', '<Contents><Key>t/x</Key></Contents>'), 'reply-invalid', /./],
    [
      'has no ETags',
      `<ListBucketResult>${OBJECT.replace('<ETag>"e"</ETag>', '')}</ListBucketResult>`,
      'reply-invalid',
      /no ETag/,
    ],
    [
      'has other keys',
      `<ListBucketResult>${OBJECT.replace('t/x', 'other/x')}</ListBucketResult>`,
      'reply-invalid',
      /not asked for/,
    ],
    ['is a web page', '<!doctype html><p>Welcome<br>to our console', 'reply-invalid', /none of S3/],
    [
      'is endless',
      `<ListBucketResult>${'<x>y</x>'.repeat(3_000_000)}</ListBucketResult>`,
      'limit-passed',
      /s3Reply/,
    ],
  ])('of a server whose answer %s are an error', async (_, body, code, message) => {
    s3.server.before = ({ query }, response) => {
      if (query.get('list-type') === null || query.get('max-keys') === '1') return false
      xml(response, 200, body)
      return true
    }
    await expect(s3.files.list(['/t/*'])).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
      where: { uri: 's3://bucket/t' },
    })
  })

  it.each(['is cut', 'hangs'])('are asked for again where the reply %s', async how => {
    fill(['t/x'])
    let left = 2
    s3.server.before = ({ query }, response) => {
      if (!query.has('list-type') || left-- <= 0) return false
      response.writeHead(200, { 'content-type': 'application/xml' })
      response.write(going('').slice(0, 80), () => how === 'is cut' && response.destroy())
      return true
    }
    expect(await listed('/t')).toEqual(['t/x'])
  })

  it('are asked for again where the server was busy', async () => {
    fill(['t/x'])
    let busy = 3
    s3.server.before = (_, response) => {
      if (busy-- > 0) refuse(response, 503, 'SlowDown')
      return busy >= 0
    }
    expect(await listed('/t')).toEqual(['t/x'])
  })
})
