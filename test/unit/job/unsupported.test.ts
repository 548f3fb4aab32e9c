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
    'hdfs',
    GOOD.replace('data/*.parquet', 'hdfs://nn:8020/d/*.parquet'),
    'streams.s.history.files:6',
    /hdfs: addresses/,
    /webhdfs:/,
  ],
  [
    'gs in a list',
    GOOD.replace('"data/*.parquet"', '[a.csv, "gs://b/d"]'),
    'streams.s.history.files[1]:6',
    /gs:/,
    /local path/,
  ],
  [
    'a log in HDFS',
    SEAM.replace('log: log', 'log: "webhdfs://nn/log"'),
    'streams.s.live.log:7',
    /webhdfs: address/,
    /local path/,
  ],
  [
    'gs',
    FEATURE.replace('f/*.parquet', 'gs://b/f.parquet'),
    'features.f.from.files:10',
    /gs:/,
    /local path.*s3:/,
  ],
  ['gs output', `${GOOD}output: { directory: "gs://b/out" }\n`, 'output.directory:7', /gs:/, /local path/],
  [
    'a log in S3',
    SEAM.replace('log: log', 'log: "s3a://b/log"'),
    'streams.s.live.log:7',
    /s3: address/,
    /local path/,
  ],
])
