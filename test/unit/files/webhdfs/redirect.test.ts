import { describe, expect, it } from 'vitest'
import { checkRedirect } from '../../../../src/files/webhdfs/redirect.ts'
import { parseWebHdfsUri } from '../../../../src/files/webhdfs/webhdfs-uri.ts'

const OPTIONS = {
  ...parseWebHdfsUri('webhdfs://nn.example.com,10.0.0.1:9870/'),
  dataNodes: ['dn1.other.com', '.data.example.com', '[2001:db8::1]', 'dn2.other.com:9864'],
}
const QUERY = 'op=OPEN&user.name=me&delegation=SECRET&offset=0'

function follow(location: string | undefined, path = '/a b'): ReturnType<typeof checkRedirect> {
  return checkRedirect({ location, op: 'OPEN', path }, OPTIONS)
}

describe('checkRedirect', () => {
  it.each([
    ["the NameNode's own host", 'http://nn.example.com:9864'],
    ['another NameNode', 'http://10.0.0.1:9864'],
    ['a host of the list', 'http://DN1.other.com:50075'],
    ['a host below a domain', 'http://a.b.data.example.com.:9864'],
    ['an IPv6 address', 'http://[2001:DB8:0::1]:9864'],
    ['a host with its port', 'http://dn2.other.com:9864'],
  ])('follows to %s', (_, origin) => {
    const { server, query } = follow(`${origin}/webhdfs/v1/a%20b?${QUERY}`)
    expect(`http://${server.host}:${server.port}`).toBe(
      origin.toLowerCase().replace('0::', ':').replace('.:', ':'),
    )
    expect(query).toBe(QUERY)
  })

  it.each([
    ['a host that is not named', `http://evil.com:9864/webhdfs/v1/a%20b?${QUERY}`, 'dataNodes: ["evil.com"]'],
    ['the domain itself', `http://data.example.com:9864/webhdfs/v1/a%20b?${QUERY}`, 'dataNodes:'],
    ['a host that only ends alike', `http://xdata.example.com:9864/webhdfs/v1/a%20b?${QUERY}`, 'dataNodes:'],
    ['another port than the named', `http://dn2.other.com:9865/webhdfs/v1/a%20b?${QUERY}`, 'dataNodes:'],
    ['a metadata service', `http://169.254.169.254/webhdfs/v1/a%20b?${QUERY}`, 'cluster that is well'],
    ['the same, written otherwise', `http://0xa9fea9fe/webhdfs/v1/a%20b?${QUERY}`, 'cluster that is well'],
    ['the same in IPv6', `http://[::ffff:a9fe:a9fe]:9864/webhdfs/v1/a%20b?${QUERY}`, 'cluster that is well'],
    ['another scheme', `https://nn.example.com:9865/webhdfs/v1/a%20b?${QUERY}`, 'swebhdfs'],
    [
      'a port of another service',
      `http://nn.example.com:22/webhdfs/v1/a%20b?${QUERY}`,
      'cluster that is well',
    ],
    ['itself', `http://nn.example.com:9870/webhdfs/v1/a%20b?${QUERY}`, 'cluster that is well'],
    ['another path', `http://nn.example.com:9864/webhdfs/v1/b?${QUERY}`, 'cluster that is well'],
    ['a path outside', `http://nn.example.com:9864/webhdfs/v1/../../jmx?${QUERY}`, 'cluster that is well'],
    ['another operation', 'http://nn.example.com:9864/webhdfs/v1/a%20b?op=DELETE', 'cluster that is well'],
    ['no operation', 'http://nn.example.com:9864/webhdfs/v1/a%20b', 'cluster that is well'],
    ['a user', `http://me:pw@nn.example.com:9864/webhdfs/v1/a%20b?${QUERY}`, 'cluster that is well'],
  ])('refuses %s', (_, location, advice) => {
    let error: unknown
    try {
      follow(location)
    } catch (thrown) {
      error = thrown
    }
    expect(error).toMatchObject({ code: 'redirect-refused', advice: expect.stringContaining(advice) })
    expect(JSON.stringify(error) + String(error)).not.toMatch(/SECRET|user\.name|pw@/)
  })

  it.each([
    undefined,
    '',
    'nonsense',
    '/webhdfs/v1/a',
    'ftp://nn.example.com/a',
    `http://nn/${'a'.repeat(70_000)}`,
  ])('calls no place at all a bad reply (%#)', location => {
    expect(() => follow(location)).toThrow(expect.objectContaining({ code: 'reply-invalid' }))
  })

  it('takes the path for the same where only its normal form differs', () => {
    expect(follow(`http://nn.example.com:9864/webhdfs/v1/%C3%A9?${QUERY}`, '/e\u0301').server.port).toBe(9864)
  })

  it('lets HttpFS send a write to itself', () => {
    const location = 'http://nn.example.com:9870/webhdfs/v1/a%20b?op=OPEN&data=true'
    expect(follow(location).server.port).toBe(9870)
  })
})
