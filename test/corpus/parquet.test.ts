/**
 * Damaged Parquet files, decoded in a child process: each gives its exact code, or else the rows are those that DuckDB
 * itself reads. Nothing takes long, takes much memory, or takes the process down; DuckDB aborting would be such a
 * thing, and would be named here.
 *
 * Runs with HINDCAST_CASES files of flipped bits (default 60); the seed is printed and HINDCAST_SEED replays it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeTempDirectory, removeTempDirectory } from '../harness/index.ts'
import { cutLengths, flipBits, seeded } from './damage.ts'
import type { Outcome } from './decode-child.ts'
import type { Decoded } from './decode-files.ts'
import { decodeFiles } from './decode-files.ts'
import { runSql } from './oracle.ts'

const SEED = Number(process.env.HINDCAST_SEED ?? Date.now() % 1_000_000)
const FLIPS = Number(process.env.HINDCAST_CASES ?? 60)
const SECONDS_MAX = 20
const RSS_BYTES_MAX = 1024 * 1024 * 1024
const CODECS = ['snappy', 'zstd', 'uncompressed']

let root = ''
/** Hash of the rows of every undamaged file. */
let undamaged = ''
const at = (name: string): string => join(root, name)

beforeAll(async () => {
  root = makeTempDirectory()
  const columns = `i::INTEGER AS i, TIMESTAMP '2001-01-01' + INTERVAL (i) SECOND AS t, 'city ' || (i % 5) AS c,
    'a string of some length ' || i AS s, CASE WHEN i % 3 = 0 THEN NULL ELSE i / 7 END AS f, (i / 3)::DECIMAL(9, 2) AS d`
  for (const codec of CODECS) {
    await runSql(
      `COPY (SELECT ${columns} FROM range(3000) t(i)) TO '${at(`${codec}.parquet`)}' (ROW_GROUP_SIZE 2048, COMPRESSION ${codec})`,
    )
  }
  const { outcomes } = await decodeFiles([at('snappy.parquet')])
  undamaged = outcomes[0]!.hash
})
afterAll(() => removeTempDirectory(root))

function write(name: string, bytes: Uint8Array): string {
  writeFileSync(at(name), bytes)
  return at(name)
}

/** Codes that tell damage: a number that no known codec, type or encoding has may be one of the future. */
const TOLD = ['file-corrupt', 'unsupported', 'limit-passed']

/** Where DuckDB has an error to tell and we have rows, the damage is where we do not look, or only a row is bad. */
const isHash = (oracle: string): boolean => /^[0-9a-f]{64}$/.test(oracle)

/**
 * Not a crash, not slow, not big; and either told, or equal to what DuckDB reads, or to what the file had before: of two
 * annotations of a type one may be damaged, and the format says which one counts.
 */
function expectTold({ outcomes, aborted, rssMax }: Decoded, files: number): void {
  expect(aborted, `seed ${SEED}`).toEqual([])
  expect(outcomes).toHaveLength(files)
  const wrong = outcomes.filter(({ code, hash, oracle }) =>
    code === null ? isHash(oracle) && hash !== oracle && hash !== undamaged : !TOLD.includes(code),
  )
  expect(wrong, `seed ${SEED}`).toEqual([])
  expect(Math.max(...outcomes.map(outcome => outcome.seconds))).toBeLessThan(SECONDS_MAX)
  expect(rssMax).toBeLessThan(RSS_BYTES_MAX)
}

const refused = (outcomes: readonly Outcome[]): number =>
  outcomes.filter(outcome => outcome.code !== null).length

describe('damaged Parquet files', () => {
  it('decodes them whole as DuckDB does', async () => {
    const { outcomes } = await decodeFiles(CODECS.map(codec => at(`${codec}.parquet`)))
    expect(outcomes.map(({ code, rows, hash, oracle }) => [code, rows, hash === oracle])).toEqual(
      CODECS.map(() => [null, 3000, true]),
    )
  })

  it('would survive an abort, and name the file', async () => {
    const paths = CODECS.map(codec => at(`${codec}.parquet`))
    const { outcomes, aborted } = await decodeFiles(paths, paths[1])
    expect(aborted).toEqual([paths[1]])
    expect(outcomes.map(({ path, code }) => [path, code])).toEqual([
      [paths[0], null],
      [paths[2], null],
    ])
  })

  it('refuses them cut at many bytes', async () => {
    const bytes = readFileSync(at('snappy.parquet'))
    const paths = cutLengths(bytes.length, 30).map(length =>
      write(`cut-${length}.parquet`, bytes.subarray(0, length)),
    )
    const decoded = await decodeFiles(paths)
    expectTold(decoded, paths.length)
    expect(refused(decoded.outcomes)).toBe(paths.length)
  })

  it('tells flipped bits, or reads what DuckDB reads', async () => {
    const random = seeded(SEED)
    const paths = Array.from({ length: FLIPS }, (_, i) => {
      const bytes = readFileSync(at(`${CODECS[i % CODECS.length]}.parquet`))
      const footerBytes = bytes.readUInt32LE(bytes.length - 8) + 8
      return write(`flip-${i}.parquet`, flipBits(bytes, footerBytes, i, random))
    })
    const decoded = await decodeFiles(paths)
    expectTold(decoded, paths.length)
    // a corpus of which all or none is refused would prove nothing
    expect(refused(decoded.outcomes)).toBeGreaterThan(paths.length / 10)
    expect(refused(decoded.outcomes)).toBeLessThan(paths.length)
  })

  it('gives each other damage its code', async () => {
    const bytes = readFileSync(at('snappy.parquet'))
    const withMagic = (magic: string): Uint8Array =>
      Buffer.concat([bytes.subarray(0, -4), Buffer.from(magic)])
    mkdirSync(at('folder.parquet'))
    const cases: [string, string][] = [
      [write('magic.parquet', withMagic('PARX')), 'file-corrupt'],
      [write('encrypted.parquet', withMagic('PARE')), 'unsupported'],
      [write('csv.parquet', Buffer.from('a,b\n1,2\n')), 'file-corrupt'],
      [write('one-byte.parquet', Buffer.from('P')), 'file-corrupt'],
      [write('empty.parquet', Buffer.alloc(0)), 'file-corrupt'],
      [write('only-magic.parquet', Buffer.from('PAR1PAR1')), 'file-corrupt'],
      [write('zeros.parquet', Buffer.alloc(10_000)), 'file-corrupt'],
      [
        write(
          'huge-footer.parquet',
          Buffer.concat([bytes.subarray(0, -8), Buffer.of(0xff, 0xff, 0xff, 0x7f), bytes.subarray(-4)]),
        ),
        'limit-passed',
      ],
      [at('missing.parquet'), 'file-unreadable'],
      [at('folder.parquet'), 'file-unreadable'],
    ]
    const { outcomes, aborted } = await decodeFiles(cases.map(([path]) => path))
    expect(aborted).toEqual([])
    expect(outcomes.map(({ path, code }) => [path, code])).toEqual(cases)
  })

  it('reads what is odd but whole', async () => {
    await runSql(
      `COPY (SELECT 1 AS x LIMIT 0) TO '${at('no-rows.parquet')}'`,
      `COPY (SELECT 7 AS "__proto__", 8 AS constructor, 9 AS "toString") TO '${at('proto.parquet')}'`,
      `COPY (SELECT DATE '5881580-07-10' AS d, make_timestamp(9223372036854775806) AS us, TIMESTAMP '290309-12-22 (BC) 00:00:00' AS old,
        TIMESTAMP_NS '1677-09-22 00:00:00' AS ns) TO '${at('absurd.parquet')}'`,
      `COPY (SELECT encode('ok') AS b UNION ALL SELECT '\\xFF\\xFE'::BLOB) TO '${at('binary.parquet')}'`,
    )
    const { outcomes } = await decodeFiles(
      ['no-rows', 'proto', 'absurd', 'binary'].map(name => at(`${name}.parquet`)),
    )
    expect(outcomes.map(({ code, rows, hash, oracle }) => [code, rows, hash === oracle])).toEqual([
      [null, 0, true],
      [null, 1, true],
      [null, 1, true],
      [null, 2, true],
    ])
  })

  it('sets rows aside whose text is not UTF-8, and reads times that DuckDB cannot hold', async () => {
    const fixture = (name: string): string => new URL(`./fixtures/${name}`, import.meta.url).pathname
    const { outcomes } = await decodeFiles([fixture('utf8-invalid.parquet'), fixture('ms-absurd.parquet')])
    expect(outcomes.map(({ code, rows, bad }) => [code, rows, bad])).toEqual([
      [null, 1, 2],
      [null, 3, 0],
    ])
  })

  it('reads the types that other writers use', async () => {
    const fixture = new URL('./fixtures/arrow-types.parquet', import.meta.url).pathname
    const { outcomes } = await decodeFiles([fixture])
    expect(outcomes).toMatchObject([{ code: null, rows: 3 }])
    expect(outcomes[0]!.hash).toBe(outcomes[0]!.oracle)
  })
})
