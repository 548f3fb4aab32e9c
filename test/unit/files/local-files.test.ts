import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { LocalFileSystem } from '../../../src/files/index.ts'

let root = ''
const files = new LocalFileSystem()

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'hindcast-files-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function put(...names: string[]): void {
  for (const name of names) {
    const path = join(root, name)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, name)
  }
}

async function names(...patterns: string[]): Promise<string[]> {
  const listing = await files.list(patterns.map(pattern => `${root}/${pattern}`))
  return listing.files.map(file => file.path.slice(root.length + 1))
}

describe('list', () => {
  it('finds files by path, folder and glob, each once, in byte order', async () => {
    put('b.csv', 'a.csv', 'B.csv', 'sub/c.csv', 'sub/deep/d.csv', 'sub/e.txt')
    expect(await names('a.csv')).toEqual(['a.csv'])
    expect(await names('*.csv', 'b.csv')).toEqual(['B.csv', 'a.csv', 'b.csv'])
    expect(await names('**/*.csv')).toEqual(['B.csv', 'a.csv', 'b.csv', 'sub/c.csv', 'sub/deep/d.csv'])
    expect(await names('sub')).toEqual(['sub/c.csv', 'sub/deep/d.csv', 'sub/e.txt'])
    expect(await names('sub/')).toEqual(['sub/c.csv', 'sub/deep/d.csv', 'sub/e.txt'])
    expect(await names('s*')).toEqual(['sub/c.csv', 'sub/deep/d.csv', 'sub/e.txt'])
    expect(await names('{a,sub/c}.csv')).toEqual(['a.csv', 'sub/c.csv'])
    expect(await names('**/deep/**')).toEqual(['sub/deep/d.csv'])
  })

  it('leaves out hidden names and empty files, and counts them', async () => {
    put('a.csv', '_SUCCESS', '.a.csv.crc', '_tmp/x.csv', '_k=1/y.csv')
    writeFileSync(join(root, 'empty.csv'), '')
    const listing = await files.list([`${root}/**`])
    expect(listing.files.map(file => file.path.slice(root.length + 1))).toEqual(['_k=1/y.csv', 'a.csv'])
    expect(listing.skipped).toEqual({ hidden: 3, empty: 1, special: 0 })
  })

  it('takes hidden names that the pattern names', async () => {
    put('_delta/part.csv', '.x.csv')
    expect(await names('_delta/*.csv')).toEqual(['_delta/part.csv'])
    expect(await names('_*/*.csv')).toEqual(['_delta/part.csv'])
    expect(await names('.x.csv')).toEqual(['.x.csv'])
  })

  it('reads Hive folders and pins what identifies the file', async () => {
    put('dt=2024-01-02/h=7/a.parquet')
    const { files: found } = await files.list([`${root}/dt=*/**/*.parquet`])
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ bytes: 27, hive: { dt: '2024-01-02', h: '7' } })
    expect(found[0]!.fileId).toMatch(/^\d+$/)
    expect(found[0]!.mtimeMs).toBeGreaterThan(1e12)
  })

  it('finds a file whose name looks like a glob by that name', async () => {
    put('a[1]*.csv', 'a1x.csv')
    expect(await names('a[1]*.csv')).toEqual(['a[1]*.csv'])
  })

  it('is not led in circles by links, and follows the others', async () => {
    put('data/a.csv', 'other/b.csv')
    symlinkSync(join(root, 'data'), join(root, 'data/self'))
    symlinkSync(join(root, 'other'), join(root, 'data/link'))
    expect(await names('data/**/*.csv')).toEqual(['data/a.csv', 'data/link/b.csv'])
    expect(await names('data')).toEqual(['data/a.csv', 'data/link/b.csv'])
    expect(await names('data/self/*.csv')).toEqual(['data/self/a.csv'])
  })

  it('names what is missing, empty or dangling', async () => {
    put('a.csv')
    writeFileSync(join(root, 'empty.csv'), '')
    await expect(files.list([`${root}/*.parquet`])).rejects.toMatchObject({
      code: 'files-none',
      where: { uri: `${root}/*.parquet` },
    })
    await expect(files.list([`${root}/nope/a.csv`])).rejects.toMatchObject({ code: 'files-none' })
    await expect(files.list([`${root}/a.csv/b.csv`])).rejects.toMatchObject({ code: 'files-none' })
    await expect(files.list([`${root}/empty.csv`])).rejects.toMatchObject({
      code: 'files-none',
      message: expect.stringContaining('empty'),
    })
    symlinkSync(join(root, 'gone.csv'), join(root, 'link.csv'))
    await expect(files.list([`${root}/*.csv`])).rejects.toMatchObject({
      code: 'file-unreadable',
      where: { uri: `${root}/link.csv` },
    })
  })

  it('names a folder that may not be read', () => {
    put('closed/a.csv')
    chmodSync(join(root, 'closed'), 0o000)
    chmodSync(root, 0o755)
    // root may read anything, so a child gives its rights away first
    const code = `
      if (process.getuid() === 0) { process.setgid(65534); process.setuid(65534) }
      const { LocalFileSystem } = await import('./src/files/index.ts')
      await new LocalFileSystem().list(['${root}/closed/*.csv']).catch(error => console.log(error.code, error.where.uri))`
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', code], { encoding: 'utf8' })
    chmodSync(join(root, 'closed'), 0o755)
    expect(`${child.stdout}${child.stderr}`).toBe(`file-unreadable ${root}/closed\n`)
  })
})

describe('open', () => {
  it('reads ranges of the pinned file', async () => {
    put('a.csv')
    const pinned = await files.stat(join(root, 'a.csv'))
    const source = await files.open(pinned)
    expect([source.uri, source.size]).toEqual([pinned.path, 5])
    expect(Buffer.from(await source.read(2, 3)).toString()).toBe('csv')
    const into = new Uint8Array(8)
    expect(Buffer.from(await source.read(0, 5, into)).toString()).toBe('a.csv')
    expect(into[0]).toBe('a'.charCodeAt(0))
    truncateSync(pinned.path, 3)
    await expect(source.read(0, 5)).rejects.toMatchObject({ code: 'file-changed' })
    await source.close()
  })

  it('refuses one that is not the one that was pinned', async () => {
    put('a.csv', 'b.csv')
    const path = join(root, 'a.csv')
    const pinned = await files.stat(path)
    const open = () => files.open(pinned).then(source => source.close())
    await open()
    renameSync(join(root, 'b.csv'), path)
    await expect(open()).rejects.toMatchObject({ code: 'file-changed', where: { uri: path } })
    rmSync(path)
    await expect(open()).rejects.toMatchObject({ code: 'file-changed' })
  })
})

describe('checkUnchanged', () => {
  it('passes an untouched file and names every kind of change', async () => {
    put('a.csv', 'b.csv')
    const path = join(root, 'a.csv')
    const pinned = await files.stat(path)
    await files.checkUnchanged(pinned)
    const changed = (what: string) =>
      expect.objectContaining({ code: 'file-changed', message: expect.stringContaining(what) })

    utimesSync(path, new Date(), new Date(5000))
    await expect(files.checkUnchanged(pinned)).rejects.toEqual(changed('written to'))
    writeFileSync(path, 'a.csv grew')
    await expect(files.checkUnchanged(pinned)).rejects.toEqual(changed('5 bytes and has 10'))
    renameSync(join(root, 'b.csv'), path)
    await expect(files.checkUnchanged(pinned)).rejects.toEqual(changed('replaced'))
    rmSync(path)
    await expect(files.checkUnchanged(pinned)).rejects.toEqual(changed('cannot be read'))
  })
})
