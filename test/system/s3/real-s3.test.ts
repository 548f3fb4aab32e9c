/**
 * The file system against a real server of S3: names, listings, ranges, pins, writes, refusals.
 */
import * as sdk from '@aws-sdk/client-s3'
import { beforeAll, describe, expect, it } from 'vitest'
import type { FileStat } from '../../../src/files/index.ts'
import { FileSystems } from '../../../src/files/index.ts'
import type { S3FileSystem } from '../../../src/files/s3/s3-files.ts'
import { bytesAt, chunksOf } from '../webhdfs/hdfs-fixture.ts'
import { BUCKET, setEnvironment, withS3 } from './s3-fixture.ts'

const PART_BYTES = 5 * 1024 * 1024

describe('S3', () => {
  const s3 = withS3()
  let files: S3FileSystem

  beforeAll(() => {
    if (s3.isThere) files = s3.open({ partBytes: PART_BYTES })
  })

  async function put(path: string, content: string | Uint8Array = path): Promise<FileStat> {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content
    return files.writeFile(path, () => chunksOf(bytes))
  }

  async function content(path: string): Promise<string> {
    const source = await files.open(await files.stat(path))
    return Buffer.from(await source.read(0, source.size)).toString()
  }

  async function listed(...patterns: string[]): Promise<string[]> {
    const { files: found } = await files.list(patterns)
    return found.map(file => file.path.slice(`s3://${BUCKET}`.length))
  }

  it.each([
    'plain',
    'with space',
    '50%',
    '%2F',
    'q?u',
    'h#s',
    'pl+us;a&b=c,d',
    `'"*[]{}|<>^\`\\@$~:`,
    'tab\tand\nline',
    '\u0001',
    'e\u0301',
    'é',
    '漢字🎉',
    'x'.repeat(200),
  ])('takes the name %j as it is', async name => {
    const path = `/names/${name}/${name}`
    const pinned = await put(path)
    expect(pinned.path).toBe(`s3://${BUCKET}${path}`)
    expect(await content(path)).toBe(path)
    expect(await content(pinned.path)).toBe(path)
    expect(await listed(`/names/${name}`)).toEqual([path])
    expect(await files.list([path])).toMatchObject({ files: [pinned] })
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
    const { files: found, skipped } = await files.list([`s3a://${BUCKET}/ls/`])
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
    await expect(files.stat('/ls/none')).rejects.toMatchObject({ code: 'file-unreadable' })
  })

  it('lists folders of several pages, some with more below them than a page has', async () => {
    const names = Array.from({ length: 300 }, (_, i) => `/many/${['a', 'é', '漢', '🎉', '~'][i % 5]}${i}`)
    const deep = Array.from({ length: 1003 }, (_, i) => `/many/m/n=${i % 3}/${String(i).padStart(4, '0')}`)
    const all = [...names, ...deep, '/many/z/x', '/many/m/last']
    const at = all.values()
    const worker = async () => {
      for (const path of at) {
        const command = { Bucket: BUCKET, Key: path.slice(1), Body: 'x' }
        await s3.client.send(new sdk.PutObjectCommand(command))
      }
    }
    await Promise.all(Array.from({ length: 8 }, worker))
    expect((await listed('/many')).toSorted()).toEqual(all.toSorted())
    expect(await listed('/many/*/x')).toEqual(['/many/z/x'])
    expect((await listed('/many/m/n=1/*')).toSorted()).toEqual(
      deep.filter(path => path.includes('n=1')).toSorted(),
    )
  }, 120_000)

  it('reads any ranges, and moves little more than was asked for', async () => {
    const bytes = bytesAt(0, 2 * PART_BYTES + 12_345)
    const source = await files.open(await put('/ranges', bytes))
    const before = { ...files.counters }
    const ranges = [
      [0, 1],
      [3_000_000, 1_200_000],
      [bytes.length - 1, 1],
      [1000, 0],
      [500_000, 300_000],
      [900_000, 10],
      [900_020, 10],
    ] as const
    const got = await Promise.all(ranges.map(([position, length]) => source.read(position, length)))
    got.forEach((each, i) => {
      const [position, length] = ranges[i]!
      expect(Buffer.compare(each, bytes.subarray(position, position + length))).toBe(0)
    })
    const wanted = ranges.reduce((sum, [, length]) => sum + length, 0)
    expect(files.counters.bytes - before.bytes).toBe(wanted + 10)
    expect(files.counters.requests - before.requests).toBe(5)
    const whole = new Uint8Array(bytes.length)
    expect(await source.read(0, bytes.length, whole)).toBe(whole)
    expect(Buffer.compare(whole, bytes)).toBe(0)
    expect(files.counters.failures).toBe(0)
    await expect(source.read(bytes.length, 1)).rejects.toMatchObject({ code: 'file-corrupt' })
    await source.close()
  })

  it('refuses a pinned object that was replaced or deleted, before and while it is read', async () => {
    const changed = (what: string) => ({ code: 'file-changed', message: expect.stringContaining(what) })
    const pinned = await put('/pins/a', 'aaaaa')
    await files.checkUnchanged(pinned)
    const source = await files.open(pinned)
    expect(Buffer.from(await source.read(0, 5)).toString()).toBe('aaaaa')
    await files.writeFile('/pins/a', () => chunksOf(Buffer.from('bbbbb')), { overwrite: true })
    await expect(files.checkUnchanged(pinned)).rejects.toMatchObject(changed('replaced'))
    await expect(files.open(pinned)).rejects.toMatchObject(changed('replaced'))
    await expect(source.read(0, 5)).rejects.toMatchObject(changed('replaced'))
    await files.writeFile('/pins/a', () => chunksOf(Buffer.from('bbb')), { overwrite: true })
    await expect(source.read(3, 2)).rejects.toMatchObject(changed('had 5 bytes and has 3'))
    const second = await files.stat('/pins/a')
    expect(await files.remove('/pins/a')).toBe(true)
    expect(await files.remove('/pins/a')).toBe(false)
    await expect(files.open(second)).rejects.toMatchObject(changed('deleted'))
    await expect(source.read(0, 5)).rejects.toMatchObject(changed('deleted'))
  })

  it.each([0, 1, PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES, 3 * PART_BYTES + 7])(
    'writes %i bytes, in parts where there are many',
    async length => {
      const bytes = bytesAt(7, length)
      const written = await files.writeFile(`/sizes/${length}`, () => chunksOf(bytes, 700_001))
      expect(written).toEqual(await files.stat(written.path))
      expect(written.bytes).toBe(length)
      const source = await files.open(written)
      expect(Buffer.compare(await source.read(0, length), bytes)).toBe(0)
    },
  )

  it('writes whole objects or none', async () => {
    const failing = (length: number) =>
      async function* (): AsyncGenerator<Uint8Array> {
        yield* chunksOf(bytesAt(0, length))
        throw new Error('no more')
      }
    for (const length of [1000, 2 * PART_BYTES + 1])
      await expect(files.writeFile('/whole/a', failing(length))).rejects.toThrow('no more')
    const { Uploads } = await s3.client.send(new sdk.ListMultipartUploadsCommand({ Bucket: BUCKET }))
    expect(Uploads ?? []).toEqual([])
    await expect(files.list(['/whole'])).rejects.toMatchObject({ code: 'files-none' })
    const first = await put('/whole/a', 'first')
    await expect(put('/whole/a', 'second')).rejects.toMatchObject({ code: 'file-exists' })
    expect(await content('/whole/a')).toBe('first')
    const second = await files.writeFile('/whole/a', () => chunksOf(Buffer.from('second')), {
      overwrite: true,
    })
    expect(second.fileId).not.toBe(first.fileId)
    expect(await content('/whole/a')).toBe('second')
    expect(await listed('/whole')).toEqual(['/whole/a'])
  })

  describe('refusals', () => {
    it('says that there is no such bucket', async () => {
      const other = s3.open({ bucket: 'no-such-bucket' })
      await expect(other.list(['/x/*.parquet'])).rejects.toMatchObject({
        code: 'file-unreadable',
        message: expect.stringContaining('NoSuchBucket'),
        advice: expect.stringContaining('endpoint'),
      })
      await expect(other.list(['/x'])).rejects.toMatchObject({ code: 'file-unreadable' })
      await expect(other.writeFile('/x', () => chunksOf(bytesAt(0, 5)))).rejects.toMatchObject({
        code: 'file-unreadable',
      })
    })

    it.each([
      ['another secret', { AWS_SECRET_ACCESS_KEY: 'hunter2' }, /does not know these credentials/],
      ['another key', { AWS_ACCESS_KEY_ID: 'nobody' }, /does not know these credentials/],
      [
        'nothing',
        { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined },
        /no credentials were found/,
      ],
    ])('with %s as credentials, without repeating them', async (_, changes, message) => {
      const restore = setEnvironment(changes)
      try {
        const other = s3.open()
        const error = await other.list(['/ls/*']).catch((thrown: unknown) => thrown)
        expect(error).toMatchObject({ code: 'access-denied', message: expect.stringMatching(message) })
        expect(JSON.stringify([error, (error as Error).stack])).not.toMatch(/hunter2|nobody|not-secret/)
        expect((error as Error).cause).toBeUndefined()
        await expect(other.stat('/ls/x')).rejects.toMatchObject({ code: 'access-denied' })
      } finally {
        restore()
      }
    })

    it('says that nobody answers, after one deadline', async () => {
      const other = s3.open({ endpoint: 'http://127.0.0.1:1', deadlineMs: 1500 })
      const startedAt = performance.now()
      await expect(other.stat('/x')).rejects.toMatchObject({
        code: 'remote-failed',
        message: expect.stringContaining('ECONNREFUSED'),
      })
      expect(performance.now() - startedAt).toBeLessThan(4000)
    })
  })

  it('is one of the file systems of a list', async () => {
    await put('/mixed/a.csv', 'a')
    const systems = new FileSystems({ endpoint: s3.server.endpoint })
    const { files: found } = await systems.list([`s3n://${BUCKET}/mixed/*.csv`, import.meta.filename])
    expect(found.map(file => file.path)).toEqual([import.meta.filename, `s3://${BUCKET}/mixed/a.csv`])
    expect(await systems.readFile(`s3://${BUCKET}/mixed/a.csv`, 10)).toEqual(new Uint8Array(Buffer.from('a')))
    expect(await systems.readFile(`s3://${BUCKET}/mixed/none`, 10)).toBeNull()
    const open = systems.opener(found)
    const source = await open(`s3://${BUCKET}/mixed/a.csv`)
    expect(Buffer.from(await source.read(0, 1)).toString()).toBe('a')
    await systems.close()
  })
})
