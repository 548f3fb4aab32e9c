/** The comparison of results must see every way in which two outputs can differ; else equal means nothing. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { differences } from '../../../../bench/harness/compare.ts'
import { makeTempDirectory, removeTempDirectory } from '../../../harness/index.ts'

const EVENT = `i AS event_time, i % 7 AS user_id, i * 3 AS item_id, i % 5 AS seller_id, 'scene-' || i % 3 AS scene, 'd' || i AS device,
  i / 3.0 AS price, i / 7.0 AS score, CASE WHEN i % 2 = 0 THEN 0.5 END AS discount, 1.5 AS dwell, 2.5 AS bid, i / 9.0 AS ctr,
  (i % 40)::INTEGER AS position, CASE WHEN i % 3 = 0 THEN 1 END::INTEGER AS quantity, (i % 9)::INTEGER AS flags`
const VERSION = [
  'i % 4 AS orders',
  'i / 2.0 AS spent',
  'NULL::DOUBLE AS trend',
  '(i % 2)::INTEGER AS tier',
  'i - 1 AS known_at',
]

let directory: string
let instance: DuckDBInstance
let connection: DuckDBConnection

beforeAll(async () => {
  directory = makeTempDirectory()
  instance = await DuckDBInstance.create(':memory:')
  connection = await instance.connect()
  await connection.run(`CREATE TABLE good AS SELECT ${EVENT}, ${VERSION.join(', ')} FROM range(1000) AS r(i)`)
})

afterAll(() => {
  connection.closeSync()
  instance.closeSync()
  removeTempDirectory(directory)
})

async function single(name: string, query: string) {
  mkdirSync(join(directory, name), { recursive: true })
  await connection.run(`COPY (${query}) TO '${directory}/${name}/samples.parquet' (FORMAT parquet)`)
  return { name, directory: join(directory, name), partitioned: false }
}

/** Two partitions by user, with `query` as the samples in order. */
async function partitioned(name: string, change: string) {
  for (const part of [0, 1]) {
    mkdirSync(join(directory, name, `run/samples/partition=${part}`), { recursive: true })
    await connection.run(`COPY (
      SELECT * EXCLUDE (orders, spent, trend, tier, known_at), orders AS user__orders, spent AS user__spent, trend AS user__trend,
        tier AS user__tier, known_at AS user__version, ${part} AS _partition, row_number() OVER (ORDER BY event_time) - 1 AS _offset
      FROM good WHERE user_id % 2 = ${part} ${change}
    ) TO '${directory}/${name}/run/samples/partition=${part}/0.parquet' (FORMAT parquet)`)
  }
  return { name, directory: join(directory, name), partitioned: true }
}

const inOrder = 'ORDER BY event_time'

describe('differences', () => {
  it('finds none between equal outputs, partitioned or not', async () => {
    const reference = await single('reference', `FROM good ${inOrder}`)
    const same = await single('same', `FROM good ${inOrder}`)
    expect(await differences(reference, [same, await partitioned('parts', inOrder)])).toEqual([])
  })

  it('finds a lost row, a doubled row, a changed value, a null and a swap', async () => {
    const reference = await single('reference', `FROM good ${inOrder}`)
    const changes: [string, string, RegExp][] = [
      ['lost', `FROM good WHERE event_time <> 500 ${inOrder}`, /rows differ/],
      ['doubled', `(FROM good UNION ALL FROM good WHERE event_time = 3) ${inOrder}`, /rows differ/],
      [
        'changed',
        `SELECT * REPLACE (CASE WHEN event_time = 9 THEN 0 ELSE spent END AS spent) FROM good ${inOrder}`,
        /values of spent/,
      ],
      ['nulled', `SELECT * REPLACE (nullif(flags, 8) AS flags) FROM good ${inOrder}`, /values of flags/],
      [
        'exchanged',
        `SELECT * REPLACE (CASE event_time WHEN 4 THEN 'd5' WHEN 5 THEN 'd4' ELSE device END AS device) FROM good ${inOrder}`,
        /whole rows/,
      ],
      [
        'swapped',
        `FROM good ORDER BY CASE event_time WHEN 4 THEN 5 WHEN 5 THEN 4 ELSE event_time END`,
        /2 rows are in another place/,
      ],
    ]
    for (const [name, query, expected] of changes) {
      const found = await differences(reference, [await single(name, query)])
      expect(found.join('\n'), name).toMatch(expected)
    }
  })

  it('takes a folder of files as one output, in the order of their names', async () => {
    const reference = await single('reference', `FROM good ${inOrder}`)
    const folder = async (name: string, first: string, second: string) => {
      const place = join(directory, name)
      mkdirSync(join(place, 'samples.parquet'), { recursive: true })
      const copy = (range: string, file: string) =>
        connection.run(`COPY (FROM good WHERE event_time ${range} ${inOrder})
          TO '${place}/samples.parquet/${file}.parquet' (FORMAT parquet)`)
      await copy('< 400', first)
      await copy('>= 400', second)
      return { name, directory: place, partitioned: false }
    }
    const inPlace = await folder('folder', 'part-0', 'part-1')
    expect(await differences(reference, [inPlace])).toEqual([])
    const turned = await folder('folder-turned', 'part-1', 'part-0')
    expect((await differences(reference, [turned])).join('\n')).toMatch(/rows are in another place/)
  })

  it('finds a swap within a partition and a key in two partitions', async () => {
    const reference = await single('reference', `FROM good ${inOrder}`)
    const swapped = await partitioned(
      'parts-swapped',
      'ORDER BY CASE event_time WHEN 7 THEN 14 WHEN 14 THEN 7 ELSE event_time END',
    )
    expect((await differences(reference, [swapped])).join('\n')).toMatch(
      /another place of their partition[\s\S]*another offset/,
    )
    const torn = await partitioned('parts-torn', inOrder)
    await connection.run(`COPY (SELECT * REPLACE (CASE WHEN event_time = 999 THEN 0 ELSE 1 END AS _partition)
      FROM '${torn.directory}/run/samples/partition=1/0.parquet') TO '${torn.directory}/run/samples/partition=1/1.parquet' (FORMAT parquet)`)
    await connection.run(
      `COPY (FROM '${torn.directory}/run/samples/partition=1/1.parquet') TO '${torn.directory}/run/samples/partition=1/0.parquet' (FORMAT parquet)`,
    )
    const [kept] = await differences(reference, [{ ...torn, directory: torn.directory }])
    expect(kept).toMatch(/rows differ|more than one partition/)
  })
})
