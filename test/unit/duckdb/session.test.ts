import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runSql } from '../../corpus/oracle.ts'
import { makeTempDirectory, removeTempDirectory } from '../../harness/index.ts'
import { Session, sqlText } from '../../../src/duckdb/index.ts'

let root = ''
let session: Session

beforeAll(async () => {
  root = makeTempDirectory()
  writeFileSync(join(root, 'secret.csv'), 'a\n1\n')
  await runSql(
    `COPY (SELECT 1 AS x, NULL AS n) TO '${root}/in.parquet'`,
    `COPY (SELECT 2 AS x) TO '${root}/out.parquet'`,
  )
  session = await Session.open({ memoryBytes: 64e6, threads: 1, paths: [join(root, 'in.parquet')] })
})
afterAll(async () => {
  await session.close()
  removeTempDirectory(root)
})

describe('Session', () => {
  it('reads the files it was opened for', async () => {
    const sql = `SELECT CAST(x AS VARCHAR), CAST(n AS VARCHAR), repeat('long ', 9) FROM read_parquet(${sqlText(`${root}/in.parquet`)})`
    expect(await session.texts(sql)).toEqual([['1', null, 'long '.repeat(9)]])
  })

  it.each([
    ['another file', () => `SELECT CAST(x AS VARCHAR) FROM read_parquet('${root}/out.parquet')`],
    ['another format', () => `SELECT a FROM read_csv('${root}/secret.csv')`],
    ['a glob', () => `SELECT CAST(x AS VARCHAR) FROM read_parquet('${root}/*.parquet')`],
    ['writing', () => `COPY (SELECT 1) TO '${root}/new.csv'`],
    ['attaching', () => `ATTACH '${root}/new.db'`],
    ['an extension', () => 'INSTALL httpfs'],
    ['loading one', () => 'LOAD httpfs'],
    ['the network', () => "SELECT * FROM read_parquet('http://127.0.0.1:9/x.parquet')"],
    ['a setting', () => "SET memory_limit = '1GB'"],
    ['unlocking', () => 'SET enable_external_access = true'],
    ['more files', () => `SET allowed_paths = ['${root}/out.parquet']`],
  ])('refuses %s', async (_, sql) => {
    await expect(session.texts(sql())).rejects.toThrow(
      /disabled|locked|not found|not loaded|Permission|configuration/i,
    )
  })

  it('runs statements side by side', async () => {
    const sql = `SELECT CAST(sum(range) AS VARCHAR) FROM range(1000000)`
    const results = await Promise.all(Array.from({ length: 8 }, () => session.texts(sql)))
    expect(results).toEqual(Array.from({ length: 8 }, () => [['499999500000']]))
  })

  it('closes only when what is under way has ended', async () => {
    const own = await Session.open({ memoryBytes: 64e6, threads: 1, paths: [] })
    const running = own.texts('SELECT CAST(sum(range) AS VARCHAR) FROM range(3000000)')
    const closed = own.close()
    expect(await running).toEqual([['4499998500000']])
    await closed
  })
})
