/** Parts that are not built yet. */

import { describeRefusals, FEATURE, GOOD, SEAM } from './refusal.ts'

describeRefusals('unsupported', [
  [
    'windows',
    `${GOOD}windows:\n  w: { stream: s }\n`,
    'windows:7',
    /`windows` is not built yet/,
    /What works today: .*features/,
  ],
  ['transform', `${GOOD}transform: ./t.ts\n`, 'transform:7', /not built yet/, /What works today/],
  [
    'webhdfs',
    GOOD.replace('data/*.parquet', 'webhdfs://nn:9870/d/*.parquet'),
    'streams.s.history.files:6',
    /webhdfs: addresses/,
    /local path or glob, or a file: URI/,
  ],
  [
    'swebhdfs in a list',
    GOOD.replace('"data/*.parquet"', '[a.csv, "swebhdfs://nn/d"]'),
    'streams.s.history.files[1]:6',
    /swebhdfs:/,
    /local path/,
  ],
  ['s3', FEATURE.replace('f/*.parquet', 's3://b/f.parquet'), 'features.f.from.files:10', /s3:/, /local path/],
  ['s3 output', `${GOOD}output: { directory: "s3://b/out" }\n`, 'output.directory:7', /s3:/, /local path/],
  [
    'live from Kafka',
    SEAM.replace('log: log', 'kafka: { brokers: [b], topic: t }'),
    'streams.s.live.kafka:7',
    /live from Kafka/,
    /live: \{ log/,
  ],
  [
    'live from Kafka, however incomplete',
    SEAM.replace('log: log', 'kafka: {}'),
    'streams.s.live.kafka:7',
    /live from Kafka/,
    /live: \{ log/,
  ],
  [
    'spool',
    SEAM.replace('log: log', 'log: log, spool: true'),
    'streams.s.live.spool:7',
    /`spool` is not built/,
    /leave it out/,
  ],
  [
    'HBase',
    `${GOOD}features:\n  f: { on: k, from: { hbase: {}, table: t, rowKey: "{k}", columns: {} } }\n`,
    'features.f.from.hbase:8',
    /from HBase/,
    /hindcast features load/,
  ],
  [
    'one version a cell',
    FEATURE.replace('on: [k]', 'on: [k]\n    version: cell'),
    'features.f.version:10',
    /version: cell/,
    /version: row/,
  ],
  [
    'output to Kafka',
    `${GOOD}output: { kafka: { brokers: [b], topic: t } }\n`,
    'output.kafka:7',
    /output to Kafka/,
    /directory: out/,
  ],
])
