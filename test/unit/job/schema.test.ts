import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { type JobInput, jobJsonSchema, jobSchema } from '../../../src/job/schema.ts'

const root = new URL('../../../', import.meta.url)

interface Node {
  readonly properties?: Readonly<Record<string, Node>>
  readonly additionalProperties?: unknown
}

describe('config/job.schema.json', () => {
  it('is current (node scripts/write-job-schema.ts writes it)', () => {
    const written: unknown = JSON.parse(readFileSync(new URL('config/job.schema.json', root), 'utf8'))
    expect(written).toEqual(jobJsonSchema())
  })

  it('refuses unknown keys and knows every top key of the contract', () => {
    const schema = jobJsonSchema() as Node
    expect(schema.additionalProperties).toBe(false)
    const contract = ['name', 'samples', 'streams', 'features', 'windows', 'transform', 'output', 'limits']
    expect(Object.keys(schema.properties ?? {})).toEqual(expect.arrayContaining(contract))
  })

  it('describes every key of a stream and of a feature, for editors', () => {
    const properties = (jobJsonSchema() as Node).properties!
    for (const part of ['streams', 'features']) {
      const entry = properties[part]!.additionalProperties as Node
      for (const [key, node] of Object.entries(entry.properties ?? {})) {
        if (['from', 'history', 'live', 'seam'].includes(key)) continue
        expect(node, `${part}.<name>.${key}`).toHaveProperty('description')
      }
    }
  })
})

describe('jobSchema', () => {
  it('takes the example as it is: the schema changes nothing', () => {
    const example: unknown = parse(readFileSync(new URL('config/example-job.yaml', root), 'utf8'))
    expect(jobSchema.parse(example)).toEqual(example)
  })

  it('takes the forms for real servers, so that editors complete them', () => {
    const job: JobInput = {
      name: 'ratings',
      streams: {
        ratings: {
          key: 'user',
          time: { column: 'at' },
          history: { files: 'webhdfs://namenode:9870/warehouse/ratings/dt=*/*.parquet' },
          live: { kafka: { brokers: ['127.0.0.1:9092'], topic: 'ratings', value: 'json' }, spool: true },
          seam: { by: 'offset' },
        },
      },
      features: {
        item: {
          from: {
            hbase: { zookeeper: ['127.0.0.1:2181'] },
            table: 'item_stats',
            rowKey: '{item_id}',
            columns: { n: { cell: 'f:n', type: 'int64' } },
          },
          on: ['item_id'],
          version: 'row',
        },
      },
      windows: { w: { stream: 'ratings', on: ['user'], value: 'count', over: '30d', hop: '1h' } },
      transform: './transform.ts',
      output: {
        kafka: { brokers: ['127.0.0.1:9092'], topic: 'samples', value: 'json', delivery: 'exactly-once' },
      },
    }
    expect(jobSchema.safeParse(job).success).toBe(true)
  })
})
