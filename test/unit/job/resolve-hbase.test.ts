/** A feature in HBase: defaults, how the cluster is found, and what goes together. */
import { describe, expect, it } from 'vitest'
import type { FeatureSource } from '../../../src/job/index.ts'
import { loadJob } from '../../../src/job/index.ts'
import { describeRefusals, FEATURE, GOOD, useDirectory } from './refusal.ts'

const directory = useDirectory()
const CLUSTER = '{ zookeeper: ["zk:2181"] }'
const COLUMNS = '{ n: { cell: "f:n", type: int64 } }'

const job = (cluster = CLUSTER, columns = COLUMNS, more = '', beside = ''): string =>
  `${GOOD}features:\n  f: { on: k, from: { hbase: ${cluster}, table: t, rowKey: "{k}", columns: ${columns}${more} }${beside} }\n`

async function sourceOf(text: string): Promise<FeatureSource> {
  return (await loadJob(directory.write(text))).features[0]!.from
}

describe('a feature in HBase', () => {
  it('is read cell by cell, eight calls at once, as often as it comes', async () => {
    expect(await sourceOf(job())).toEqual({
      kind: 'hbase',
      access: { zookeeper: ['zk:2181'] },
      table: 't',
      rowKey: '{k}',
      columns: [{ name: 'n', family: 'f', qualifier: 'n', type: 'int64' }],
      version: 'cell',
      budget: { concurrency: 8 },
    })
  })

  it('keeps what is said of the cluster, of versions and of the budget', async () => {
    const cluster = '{ masters: ["m1:16000", "[::1]:1"], user: reader }'
    const budget = ', budget: { readsPerSecond: 500, concurrency: 2 }'
    expect(await sourceOf(job(cluster, COLUMNS, budget, ', version: row'))).toMatchObject({
      access: { masters: ['m1:16000', '[::1]:1'], user: 'reader' },
      version: 'row',
      budget: { readsPerSecond: 500, concurrency: 2 },
    })
    expect(await sourceOf(job('{ zookeeper: ["zk:2181"], znode: /hbase-secure }'))).toMatchObject({
      access: { zookeeper: ['zk:2181'], znode: '/hbase-secure' },
    })
  })

  it('takes qualifiers with a colon, and empty ones', async () => {
    const columns = '{ a: { cell: "f:x:y", type: utf8 }, b: { cell: "g:", type: bool } }'
    expect(await sourceOf(job(CLUSTER, columns))).toMatchObject({
      columns: [
        { family: 'f', qualifier: 'x:y' },
        { family: 'g', qualifier: '' },
      ],
    })
  })
})

describeRefusals('job-invalid', [
  [
    'no way in',
    job('{ user: u }'),
    'features.f.from.hbase:8',
    /neither `zookeeper` nor `masters`/,
    /zk1:2181/,
  ],
  [
    'two ways in',
    job('{ zookeeper: ["z:1"], masters: ["m:1"] }'),
    'features.f.from.hbase:8',
    /has `zookeeper` and `masters`/,
    /one of them/,
  ],
  [
    'a folder of what is not asked',
    job('{ masters: ["m:1"], znode: /hbase }'),
    'features.f.from.hbase.znode:8',
    /no effect without `zookeeper`/,
    /Leave it out/,
  ],
  [
    'a port that is none',
    job('{ masters: ["m:70000"] }'),
    'features.f.from.hbase.masters[0]:8',
    /a port from 1 to 65535/,
  ],
  ['no columns', job(CLUSTER, '{}'), 'features.f.from.columns:8', /at least one column/],
  [
    'a cell without a family',
    job(CLUSTER, '{ n: { cell: n, type: int64 } }'),
    'features.f.from.columns.n.cell:8',
    /family:qualifier/,
  ],
  [
    'a column that would be written twice',
    job(CLUSTER, '{ version: { cell: "f:n", type: int64 } }'),
    'features.f.from.columns.version:8',
    /written twice/,
    /another name/,
  ],
  [
    'cells of files',
    FEATURE.replace('on: [k]', 'on: [k]\n    version: cell'),
    'features.f.version:10',
    /is for stores of cells/,
    /Leave it out/,
  ],
])
