/**
 * The file system against a real NameNode and DataNodes: names, listings, ranges, pins, writes.
 */
import { beforeAll, describe, expect, it } from 'vitest'
import type { FileStat } from '../../../src/files/index.ts'
import type { WebHdfsFileSystem } from '../../../src/files/webhdfs/webhdfs-files.ts'
import { waitFor } from '../../harness/index.ts'
import { BLOCK_BYTES, bytesAt, chunksOf, withHdfs } from './hdfs-fixture.ts'

describe('HDFS', () => {
  const hdfs = withHdfs()
  let files: WebHdfsFileSystem

  beforeAll(() => {
    files = hdfs.open()
  })

  async function put(path: string, content: string | Uint8Array = path): Promise<FileStat> {
    return files.writeFile(path, chunksOf(typeof content === 'string' ? Buffer.from(content) : content))
  }

  async function content(path: string): Promise<string> {
    const pinned = await files.stat(path)
    const source = await files.open(pinned)
    return Buffer.from(await source.read(0, source.size)).toString()
  }

  async function listed(...patterns: string[]): Promise<string[]> {
    const { files: found } = await files.list(patterns)
    return found.map(file => file.path.replace(/^webhdfs:\/\/[^/]*/, ''))
  }

  it.each([
    'plain',
    'with space',
    '50%',
    '%2F',
    'q?u',
    'h#s',
    'pl+us;a&b=c,d',
    `'"*[]{}|<>^\`\\@$~`,
    'tab\tand\nline',
    '\u0001',
    'e\u0301',
    'é',
    '漢字🎉',
    'x'.repeat(255),
  ])('takes the name %j as it is', async name => {
    const path = `/names/${name}/${name}`
    const pinned = await put(path)
    expect(pinned.path.endsWith(path)).toBe(true)
    expect(await content(path)).toBe(path)
    expect(await content(pinned.path)).toBe(path)
    expect(await listed(`/names/${name}`)).toEqual([path])
    // asked for by its path: the redirect may have lost the path's normal form
    expect(await files.checksum(pinned)).toMatch(/^MD5-of-.*CRC32C?:[0-9a-f]+$/)
  })

  it('pins by checksum where that is asked for, and finds other bytes under the same pin', async () => {
    const careful = hdfs.open({ checksums: true })
    await put('/checksums/a', 'one')
    await put('/checksums/b', 'two')
    const [a, b] = (await careful.list(['/checksums'])).files
    expect(a!.checksum).toMatch(/^MD5-of-/)
    expect(a!.checksum).not.toBe(b!.checksum)
    expect((await careful.open(a!)).size).toBe(3)
    await expect(careful.open({ ...a!, checksum: b!.checksum! })).rejects.toMatchObject({
      code: 'file-changed',
      message: expect.stringContaining('checksum') as string,
    })
    expect((await files.list(['/checksums'])).files[0]).not.toHaveProperty('checksum')
  })

  it('says what names HDFS does not take', async () => {
    await expect(put('/names/a:b')).rejects.toMatchObject({
      code: 'file-unreadable',
      message: expect.stringContaining('does not allow a name'),
    })
    await expect(files.list(['/names/a:b'])).rejects.toMatchObject({ code: 'files-none' })
    await expect(put('/names/../x')).rejects.toMatchObject({ code: 'job-invalid' })
  })

  it('lists by the rules of Hive, and counts what it leaves out', async () => {
    const data = [
      '/ls/dt=2026-01-01/h=7/a b.parquet',
      '/ls/dt=2026-01-02/b.parquet',
      '/ls/dt=2026-01-02/c.csv',
    ]
    const hidden = ['/ls/_SUCCESS', '/ls/_temporary/0/x.parquet', '/ls/.hive-staging/y.parquet']
    for (const path of [...data, ...hidden, '/ls/_k=1/z.parquet']) await put(path)
    await put('/ls/dt=2026-01-02/empty.parquet', '')
    const { files: found, skipped } = await files.list(['/ls'])
    expect(found.map(file => file.path.slice(file.path.indexOf('/ls')))).toEqual([
      '/ls/_k=1/z.parquet',
      ...data,
    ])
    expect(skipped).toEqual({ hidden: 3, empty: 1, special: 0 })
    expect(found[1]).toMatchObject({ bytes: 33, hive: { dt: '2026-01-01', h: '7' } })
    expect(found[1]).toMatchObject(await files.stat(found[1]!.path))
    expect(await listed('/ls/dt=*/**/*.parquet')).toEqual(data.slice(0, 2))
    expect(await listed('/ls/dt=2026-01-0[2-9]/{c,nothing}.csv')).toEqual([data[2]])
    expect(await listed('/ls/_temporary')).toEqual([hidden[1]])
    await expect(files.list(['/ls/*.orc'])).rejects.toMatchObject({ code: 'files-none' })
    await expect(files.list(['/ls/dt=2026-01-02/empty.parquet'])).rejects.toMatchObject({
      code: 'files-none',
    })
  })

  it('lists folders of several pages, names of all kinds of bytes', async () => {
    const names = Array.from({ length: 2300 }, (_, i) => `${['a', 'é', '漢', '🎉', '~'][i % 5]}${i}`)
    const at = names.values()
    const worker = async () => {
      for (const name of at) await files.makeDirectory(`/many/${name}`)
    }
    await Promise.all(Array.from({ length: 8 }, worker))
    await put('/many/é1/deep/x')
    expect(await listed('/many')).toEqual(['/many/é1/deep/x'])
    expect(await listed('/many/*/*/x')).toEqual(['/many/é1/deep/x'])
  })

  it('reads any ranges, also across blocks, and moves little more than was asked for', async () => {
    const bytes = bytesAt(0, 5 * BLOCK_BYTES + 12_345)
    const source = await files.open(await put('/ranges', bytes))
    const before = { ...files.counters }
    const ranges = [
      [0, 1],
      [BLOCK_BYTES - 1, 2],
      [3 * BLOCK_BYTES - 50_000, 1_200_000],
      [bytes.length - 1, 1],
      [1000, 0],
      [200_000, 300_000],
      [500_000, 10],
      [500_020, 10],
    ] as const
    const got = await Promise.all(ranges.map(([position, length]) => source.read(position, length)))
    got.forEach((each, i) => {
      const [position, length] = ranges[i]!
      expect(Buffer.compare(each, bytes.subarray(position, position + length))).toBe(0)
    })
    const wanted = ranges.reduce((sum, [, length]) => sum + length, 0)
    expect(files.counters.bytes - before.bytes).toBe(wanted + 10)
    // one request each for the first, for what lies beside one another, and for each block of those that cross one
    expect(files.counters.requests - before.requests).toBe(8)
    const whole = new Uint8Array(bytes.length)
    expect(await source.read(0, bytes.length, whole)).toBe(whole)
    expect(Buffer.compare(whole, bytes)).toBe(0)
    expect(files.counters.failures).toBe(0)
    await expect(source.read(bytes.length, 1)).rejects.toMatchObject({ code: 'file-corrupt' })
    await source.close()
  })

  it('refuses a pinned file that was replaced, appended, deleted or renamed over, before and while it is read', async () => {
    const changed = (what: string) => ({ code: 'file-changed', message: expect.stringContaining(what) })
    const pinned = await put('/pins/a', 'aaaaa')
    await files.checkUnchanged(pinned)
    const source = await files.open(pinned)

    await files.rename('/pins/a', '/pins/b')
    expect(Buffer.from(await source.read(0, 5)).toString()).toBe('aaaaa')
    await files.rename('/pins/b', '/pins/a')
    await files.writeFile('/pins/a', chunksOf(Buffer.from('bbbbb')), { overwrite: true })
    await expect(files.checkUnchanged(pinned)).rejects.toMatchObject(changed('replaced'))
    await expect(files.open(pinned)).rejects.toMatchObject(changed('replaced'))
    await expect(source.read(0, 5)).rejects.toMatchObject(changed('replaced'))

    const second = await files.stat('/pins/a')
    await ask('PUT', '/pins/a', 'op=SETTIMES&modificationtime=1000')
    await expect(files.open(second)).rejects.toMatchObject(changed('written to'))
    await files.remove('/pins/a')
    await expect(files.open(second)).rejects.toMatchObject(changed('deleted'))
    await expect(files.checkUnchanged(second)).rejects.toMatchObject(changed('deleted'))
  })

  it('refuses a file that is still open for writing', async () => {
    const gate = Promise.withResolvers<void>()
    async function* slowly(): AsyncGenerator<Uint8Array> {
      yield bytesAt(0, 200_000)
      await gate.promise
    }
    const writing = files.writeFile('/open/file', slowly())
    const name = await waitFor(() => temporaryOf('/open'), { what: 'the file to appear', deadlineMs: 30_000 })
    const growing = await files.stat(`/open/${name}`)
    await expect(files.open(growing)).rejects.toMatchObject({ code: 'file-unfinished' })
    gate.resolve()
    const pinned = await writing
    expect((await files.open(pinned)).size).toBe(200_000)
    expect(await listed('/open/.*', '/open').catch(() => listed('/open'))).toEqual(['/open/file'])
  })

  it('writes whole files or none', async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield bytesAt(0, 300_000)
      throw new Error('no more')
    }
    await expect(files.writeFile('/whole/a', failing())).rejects.toThrow('no more')
    expect(await temporaryOf('/whole')).toBeUndefined()
    const first = await put('/whole/a', 'first')
    await expect(put('/whole/a', 'second')).rejects.toMatchObject({ code: 'file-exists' })
    expect(await content('/whole/a')).toBe('first')
    const second = await files.writeFile('/whole/a', chunksOf(Buffer.from('second')), { overwrite: true })
    expect(second.fileId).not.toBe(first.fileId)
    expect(await content('/whole/a')).toBe('second')
    expect(await listed('/whole/.*', '/whole/a').catch(() => listed('/whole'))).toEqual(['/whole/a'])
  })

  it('renames, removes and makes folders, and says what is in the way', async () => {
    await put('/ways/a', 'a')
    await put('/ways/b', 'b')
    await expect(files.rename('/ways/none', '/ways/c')).rejects.toMatchObject({ code: 'file-unreadable' })
    await expect(files.rename('/ways/a', '/ways/none/c')).rejects.toMatchObject({ code: 'file-unreadable' })
    await expect(files.rename('/ways/a', '/ways/b')).rejects.toMatchObject({ code: 'file-exists' })
    await files.makeDirectory('/ways/folder')
    for (const overwrite of [true, false])
      await expect(files.rename('/ways/a', '/ways/folder', { overwrite })).rejects.toMatchObject({
        code: 'file-exists',
      })
    await files.rename('/ways/a', '/ways/b', { overwrite: true })
    expect(await content('/ways/b')).toBe('a')
    await expect(files.makeDirectory('/ways/b/c')).rejects.toMatchObject({ code: 'file-exists' })
    await files.makeDirectory('/ways')
    await expect(files.remove('/ways')).rejects.toMatchObject({ code: 'file-exists' })
    expect([await files.remove('/ways', { recursive: true }), await files.remove('/ways')]).toEqual([
      true,
      false,
    ])
  })

  it('is one user, whose rights count', async () => {
    const pinned = await put('/rights/secret', 'secret')
    await ask('PUT', '/rights/secret', 'op=SETPERMISSION&permission=600')
    const other = hdfs.open({ user: 'someone-else' })
    const source = await other.open(pinned).catch(error => error)
    const failed = source instanceof Error ? source : await source.read(0, 6).catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 'access-denied', message: expect.stringContaining('someone-else') })
    await expect(other.writeFile('/rights/x', chunksOf(bytesAt(0, 5)))).rejects.toMatchObject({
      code: 'access-denied',
    })
  })

  /** A request of the NameNode that the file system has no call for. */
  async function ask(method: string, path: string, query: string): Promise<unknown> {
    const { nameNode, user } = hdfs.cluster
    const reply = await fetch(`${nameNode.http}/webhdfs/v1${path}?user.name=${user}&${query}`, { method })
    expect(reply.status).toBe(200)
    const text = await reply.text()
    return text === '' ? null : JSON.parse(text)
  }

  /** A hidden file of a folder, if there is one. */
  async function temporaryOf(folder: string): Promise<string | undefined> {
    const listing = (await ask('GET', folder, 'op=LISTSTATUS')) as {
      FileStatuses: { FileStatus: { pathSuffix: string }[] }
    }
    return listing.FileStatuses.FileStatus.map(each => each.pathSuffix).find(name => name.startsWith('.'))
  }
})
