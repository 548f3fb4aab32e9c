/**
 * `hindcast plan` against a NameNode that lies: an error with its code and exit code, no connection to where a reply
 * leads, nothing secret in what is printed, memory bounded.
 */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { type Ended, makeTempDirectory, removeTempDirectory, runHindcast } from '../../harness/index.ts'
import { writeJob } from './hdfs-world.ts'
import { HostileNameNode, type Lie, pageOf, redirectTo, SECRET, sendJson } from './hostile-name-node.ts'

const USER = 'someone-of-note'
/** A page of a listing as long as real ones. */
const PAGE = Array.from({ length: 1000 }, (_, i) => `file-${i}.parquet`)

interface Case {
  readonly name: string
  readonly lies: Readonly<Record<string, Lie>>
  readonly code: string
  readonly exit: number
  readonly says?: RegExp
}

const refused = (name: string, origin: Parameters<typeof redirectTo>[0], says: RegExp): Case => ({
  name: `redirects to ${name}`,
  lies: { OPEN: redirectTo(origin) },
  code: 'redirect-refused',
  exit: 2,
  says,
})

const CASES: readonly Case[] = [
  refused('the metadata of the cloud', 'http://169.254.169.254', /link-local/),
  refused('them in another form', 'http://[::ffff:169.254.169.254]:9864', /link-local/),
  refused('another host', 'http://elsewhere.example:9864', /dataNodes: \["elsewhere\.example"\]/),
  refused('a host whose name begins with its own', 'http://127.0.0.1.example:9864', /dataNodes:/),
  refused('another port, of a system service', 'http://127.0.0.1:22', /port below 1024/),
  refused('another scheme', 'https://127.0.0.1:9864', /another scheme/),
  refused('itself', server => `http://${server.address}`, /itself/),
  refused('a place with a password', `http://user:${SECRET}@127.0.0.1:9864`, /user or password/),
  {
    name: 'redirects to what is no place',
    lies: { OPEN: answer => void answer.writeHead(307, { location: `file:///etc/passwd?${SECRET}` }).end() },
    code: 'reply-invalid',
    exit: 3,
  },
  {
    name: 'redirects to another path',
    lies: {
      OPEN: answer =>
        void answer.writeHead(307, { location: `http://127.0.0.1:9864/admin?op=OPEN&token=${SECRET}` }).end(),
    },
    code: 'redirect-refused',
    exit: 2,
    says: /another path/,
  },
  {
    name: 'speaks no JSON',
    lies: { GETFILESTATUS: answer => void answer.end(`<html>?token=${SECRET}`) },
    code: 'reply-invalid',
    exit: 3,
  },
  {
    name: 'speaks JSON of another kind',
    lies: { GETFILESTATUS: answer => sendJson(answer, { FileStatus: { pathSuffix: '', type: SECRET } }) },
    code: 'reply-invalid',
    exit: 3,
  },
  {
    name: 'lists names that lead out of the folder',
    lies: { LISTSTATUS_BATCH: answer => sendJson(answer, pageOf(['../../etc/passwd.parquet'], 0)) },
    code: 'reply-invalid',
    exit: 3,
  },
  {
    name: 'promises a listing of 10 GiB',
    lies: {
      LISTSTATUS_BATCH: answer => void answer.writeHead(200, { 'content-length': 10 * 2 ** 30 }).write('{'),
    },
    code: 'limit-passed',
    exit: 3,
  },
  {
    name: 'sends a listing without an end',
    lies: { LISTSTATUS_BATCH: sendForEver },
    code: 'limit-passed',
    exit: 3,
  },
  {
    name: 'sends pages without an end',
    lies: { LISTSTATUS_BATCH: endlessPages() },
    code: 'limit-passed',
    exit: 3,
    says: /filesMax/,
  },
  {
    name: 'sends the same page again and again',
    lies: { LISTSTATUS_BATCH: answer => sendJson(answer, pageOf(PAGE, 5)) },
    code: 'reply-invalid',
    exit: 3,
    says: /circles/,
  },
  {
    name: 'says in its refusal what nobody is to read',
    lies: {
      GETFILESTATUS: answer => {
        const message = `denied: http://nn/x?user.name=root&delegation=${SECRET}\n\tat java.lang.Thread`
        sendJson(answer, { RemoteException: { exception: 'AccessControlException', message } }, 403)
      },
    },
    code: 'access-denied',
    exit: 2,
  },
]

describe('a NameNode that', () => {
  const directory = makeTempDirectory()
  afterAll(() => removeTempDirectory(directory))

  async function plan(address: string): Promise<Ended> {
    const data = `webhdfs://${address}/data`
    const job = writeJob(join(directory, 'job.json'), { data, files: ['*.parquet'] }, { user: USER })
    return runHindcast(['plan', job], { env: { NODE_OPTIONS: '--max-old-space-size=1024' } })
  }

  function expectRefused(ended: Ended, { code, exit, says }: Omit<Case, 'name' | 'lies'>): void {
    expect(ended.stderr).toContain(code)
    expect(ended.code, ended.stderr).toBe(exit)
    expect(ended.stdout).toBe('')
    if (says !== undefined) expect(ended.stderr).toMatch(says)
    expect(ended.stderr).not.toContain(SECRET)
    expect(ended.stderr).not.toMatch(/user\.name|delegation|namenoderpcaddress|\n\s+at /)
  }

  it.each(CASES)('$name is told', async ({ lies, ...expected }) => {
    await using hostile = await HostileNameNode.start(lies)
    expectRefused(await plan(hostile.address), expected)
    expect(hostile.asked).toContain(Object.keys(lies)[0])
  })

  it('redirects to another port of its host is followed there once, and no further', async () => {
    await using second = await HostileNameNode.start({ OPEN: redirectTo('http://127.0.0.1:9864') })
    await using hostile = await HostileNameNode.start({ OPEN: redirectTo(() => `http://${second.address}`) })
    expectRefused(await plan(hostile.address), {
      code: 'redirect-refused',
      exit: 2,
      says: /redirected once more/,
    })
    expect(second.asked).toEqual(['OPEN'])
  })

  it('redirects to another host leads nobody there', async () => {
    let connections = 0
    const elsewhere = createServer(socket => {
      connections++
      socket.destroy()
    }).listen(0, '127.0.0.2')
    await once(elsewhere, 'listening')
    const { port } = elsewhere.address() as AddressInfo
    await using hostile = await HostileNameNode.start({ OPEN: redirectTo(`http://127.0.0.2:${port}`) })
    expectRefused(await plan(hostile.address), { code: 'redirect-refused', exit: 2 })
    elsewhere.close()
    await once(elsewhere, 'close')
    expect(connections).toBe(0)
  })
})

function sendForEver(answer: Parameters<Lie>[0]): void {
  answer.writeHead(200, { 'content-type': 'application/json' })
  const more = (): void => {
    while (answer.write(' '.repeat(65_536)));
  }
  answer.on('drain', more)
  answer.write('{"DirectoryListing":')
  more()
}

function endlessPages(): Lie {
  let pages = 0
  return answer => {
    pages++
    sendJson(
      answer,
      pageOf(
        PAGE.map(name => `${pages}-${name}`),
        1000,
      ),
    )
  }
}
