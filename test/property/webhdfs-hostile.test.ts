/**
 * Whatever a server says: the parsers of WebHDFS give checked data or an error that is ours, and no redirect leads to
 * a host that the job does not name.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HindcastError } from '../../src/errors.ts'
import { isLinkLocal } from '../../src/files/remote/link-local.ts'
import { redacted } from '../../src/files/remote/redaction.ts'
import { encodedPath } from '../../src/files/webhdfs/hdfs-path.ts'
import { checkRedirect } from '../../src/files/webhdfs/redirect.ts'
import { remoteFailure } from '../../src/files/webhdfs/remote-failure.ts'
import { parseBlocks, parseBoolean, parsePage, parseStatus } from '../../src/files/webhdfs/replies.ts'
import { authorityUri, parseWebHdfsUri } from '../../src/files/webhdfs/webhdfs-uri.ts'
import { cases } from './cases.ts'

/** JSON that is near to what is expected: keys of replies with values of all kinds. */
const KEYS = [
  'FileStatus',
  'FileStatuses',
  'DirectoryListing',
  'partialListing',
  'remainingEntries',
  'pathSuffix',
]
const MORE = [
  'type',
  'length',
  'modificationTime',
  'fileId',
  'LocatedBlocks',
  'locatedBlocks',
  'locations',
  'boolean',
]
const reply = fc.letrec<{ value: unknown }>(tie => ({
  value: fc.oneof(
    { maxDepth: 6 },
    fc.constantFrom('FILE', 'DIRECTORY', 'a', '', '..', 5, -1, 1.5, 2 ** 60, null, true),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS, ...MORE, '__proto__'), tie('value'), { maxKeys: 5 }),
  ),
})).value

/** Undefined where it throws what it may throw. */
function attempt<Value>(work: () => Value): Value | undefined {
  try {
    return work()
  } catch (error) {
    expect(error).toBeInstanceOf(HindcastError)
    expect((error as HindcastError).code).not.toBe('bug')
    return undefined
  }
}

describe('replies', () => {
  it('are checked data or refused', () => {
    fc.assert(
      fc.property(reply, body => {
        const status = attempt(() => parseStatus(body))
        const page = attempt(() => parsePage(body))
        for (const each of [...(status === undefined ? [] : [status]), ...(page?.entries ?? [])]) {
          expect(Number.isSafeInteger(each.bytes) && each.bytes >= 0).toBe(true)
          expect(each.fileId).toMatch(/^\d*$/)
        }
        for (const { name } of page?.entries ?? []) expect(name).not.toMatch(/^$|^\.\.?$|\//)
        attempt(() => parseBlocks(body))
        attempt(() => parseBoolean(body))
        expect(remoteFailure(403, JSON.stringify(body)).message.length).toBeLessThan(310)
      }),
      cases(),
    )
  })

  it('that fail are shown as one short line without tokens', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ minLength: 1 }), (before, token) => {
        const shown = redacted(`${before}http://h/p?delegation=T0K${token.replaceAll(/\s/g, '')} rest`)
        expect(shown).not.toContain('T0K')
        expect(shown).not.toMatch(/\p{Cc}/u)
      }),
      cases(),
    )
  })
})

const host = fc.oneof(
  fc.constantFrom(
    'nn',
    'dn1.example.com',
    'example.com',
    'evil.com',
    '[::1]',
    '[fe80::1]',
    '[::ffff:169.254.1.1]',
  ),
  fc.ipV4(),
  fc.ipV4Extended(),
  fc.ipV6().map(address => `[${address}]`),
  fc.domain(),
)
const location = fc
  .record({
    scheme: fc.constantFrom('http', 'https', 'ftp', 'HTTP'),
    user: fc.constantFrom('', 'u@', 'u:p@'),
    host,
    port: fc.oneof(
      fc.constant(''),
      fc.nat(70_000).map(port => `:${port}`),
    ),
    path: fc.constantFrom(
      '/webhdfs/v1/f',
      '/webhdfs/v1/../v1/f',
      '/webhdfs/v2/f',
      '/webhdfs/v1/g',
      '/',
      '//f',
    ),
    query: fc.constantFrom('?op=OPEN', '?op=open&x=%00', '?op=DELETE', '', '?'),
  })
  .map(
    ({ scheme, user, host: name, port, path, query }) => `${scheme}://${user}${name}${port}${path}${query}`,
  )

it('a redirect leads to a host that is named, or nowhere', () => {
  const options = { ...parseWebHdfsUri('webhdfs://nn,[::1]/'), dataNodes: ['.example.com'] }
  fc.assert(
    fc.property(fc.oneof(location, fc.string()), text => {
      const target = attempt(() => checkRedirect({ location: text, op: 'OPEN', path: '/f' }, options))
      if (target === undefined) return
      const { server } = target
      expect(server.host).toMatch(/^(nn|\[::1\]|.+\.example\.com)$/)
      expect(server.port).toBeGreaterThanOrEqual(1024)
      expect(isLinkLocal(server.host)).toBe(false)
    }),
    cases(),
  )
})

describe('what the user writes', () => {
  it('is a URI of HDFS that means the same when written again, or refused', () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.array(host, { maxLength: 3 }), fc.string())
        .map(([hosts, path]) => `webhdfs://${hosts.join(',')}/${path}`),
    )
    fc.assert(
      fc.property(text, uri => {
        const parsed = attempt(() => parseWebHdfsUri(uri))
        if (parsed === undefined) return
        expect(parseWebHdfsUri(authorityUri(parsed) + parsed.path)).toEqual(parsed)
        for (const node of parsed.nameNodes) expect(isLinkLocal(node.host)).toBe(false)
      }),
      cases(),
    )
  })

  it('reaches the server as the same names, or not at all', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary', minLength: 1 })), names => {
        const path = `/${names.join('/')}`
        const encoded = attempt(() => encodedPath(path))
        if (encoded === undefined) return
        const { pathname } = new URL(`http://h${encoded}`)
        expect(pathname).toBe(encoded)
        expect(pathname.split('/').map(decodeURIComponent)).toEqual(
          ['', ...path.split('/').filter(n => n !== '')].concat(
            path.split('/').every(n => n === '') ? [''] : [],
          ),
        )
      }),
      cases(),
    )
  })
})
