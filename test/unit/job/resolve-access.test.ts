/** How remote files are reached: what goes with which scheme. */
import { expect, it } from 'vitest'
import type { HistoryJob } from '../../../src/job/index.ts'
import { loadJob } from '../../../src/job/index.ts'
import { describeRefusals, GOOD, refusal, useDirectory } from './refusal.ts'

const with_ = (files: string, access: string): string =>
  GOOD.replace('files: "data/*.parquet"', `files: ${files}, ${access}`)

const directory = useDirectory()

async function historyOf(files: string, access: string): Promise<HistoryJob> {
  return (await loadJob(directory.write(with_(files, access)))).streams[0]!.history!
}

it('takes keys of S3 beside an s3: URI, and keys of both beside both', async () => {
  expect(
    await historyOf('s3a://b/x', 'endpoint: "https://s3.example.com:9000/", region: eu-1, pathStyle: false'),
  ).toMatchObject({
    files: ['s3://b/x'],
    access: { endpoint: 'https://s3.example.com:9000/', region: 'eu-1', pathStyle: false },
  })
  expect(await historyOf('[s3://b/x, "webhdfs://nn/x"]', 'region: eu-1, user: me')).toMatchObject({
    access: { region: 'eu-1', user: 'me' },
  })
})

describeRefusals('job-invalid', [
  [
    'endpoint of local files',
    with_('x', 'endpoint: "http://h"'),
    'streams.s.history.endpoint:6',
    /no effect on local/,
    /Leave/,
  ],
  ['user of S3', with_('s3://b/x', 'user: me'), 'streams.s.history.user:6', /no effect on S3/, /Leave/],
  [
    'region of HDFS',
    with_('"webhdfs://nn/x"', 'region: r'),
    'streams.s.history.region:6',
    /no effect on HDFS/,
    /Leave/,
  ],
  [
    'a region that is none',
    with_('s3://b/x', 'region: "a b"'),
    'streams.s.history.region:6',
    /the name of a region/,
  ],
  [
    'an endpoint that is none',
    with_('s3://b/x', 'endpoint: s3.example.com'),
    'streams.s.history.endpoint:6',
    /http:/,
    /keys come/,
  ],
])

it.each([
  with_('s3://b/x', 'endpoint: "https://key:hunter2@h"'),
  with_('s3://b/x', 'endpoint: "https://h/?token=hunter2"'),
  with_('"s3://key:hunter2@b/x"', 'region: r'),
  with_('"webhdfs://me:hunter2@nn/x"', 'user: me'),
])('does not repeat what may be a secret: %#', async job => {
  const error = await refusal(loadJob(directory.write(job)))
  expect(JSON.stringify(error.toData())).not.toContain('hunter2')
})
