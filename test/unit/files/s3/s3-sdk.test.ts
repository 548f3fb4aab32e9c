import { afterEach, describe, expect, it, vi } from 'vitest'
import { loadSdk, newClient } from '../../../../src/files/s3/s3-sdk.ts'

describe('the AWS SDK', () => {
  afterEach(() => void vi.unstubAllEnvs())

  it('that is not installed is said so, with what to type', async () => {
    const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })
    await expect(loadSdk(() => Promise.reject(missing))).rejects.toMatchObject({
      code: 'unsupported',
      advice: 'Type: npm install @aws-sdk/client-s3@3',
    })
    await expect(loadSdk(() => Promise.reject(new Error('broken')))).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining('cannot be loaded: broken'),
    })
  })

  async function settings(options: Parameters<typeof newClient>[1]): Promise<object> {
    const { config } = newClient(await loadSdk(), options)
    return { region: await config.region(), forcePathStyle: config.forcePathStyle }
  }

  it.each([
    [{ region: 'eu-central-1' }, {}, { region: 'eu-central-1', forcePathStyle: false }],
    [{}, { AWS_REGION: 'eu-west-1' }, { region: 'eu-west-1', forcePathStyle: false }],
    [{ endpoint: 'http://127.0.0.1:1' }, {}, { region: 'us-east-1', forcePathStyle: true }],
    [{ endpoint: 'http://127.0.0.1:1' }, { AWS_REGION: 'x' }, { region: 'x', forcePathStyle: true }],
    [
      { endpoint: 'https://oss-cn-x.aliyuncs.com', region: 'oss-cn-x', pathStyle: false },
      {},
      { region: 'oss-cn-x', forcePathStyle: false },
    ],
    [{ region: 'a' }, { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' }, { region: 'a', forcePathStyle: true }],
  ])('is told %j and the environment %j', async (options, environment, expected) => {
    const none = { AWS_REGION: undefined, AWS_DEFAULT_REGION: undefined, AWS_PROFILE: undefined }
    const noEndpoint = { AWS_ENDPOINT_URL: undefined, AWS_ENDPOINT_URL_S3: undefined }
    const all = { ...none, ...noEndpoint, AWS_CONFIG_FILE: '/dev/null', ...environment }
    for (const [name, value] of Object.entries(all)) vi.stubEnv(name, value)
    expect(await settings({ bucket: 'b', ...options })).toEqual(expected)
  })

  it('is not told an endpoint that cannot be one', async () => {
    const sdk = await loadSdk()
    expect(() => newClient(sdk, { bucket: 'b', endpoint: 'http://169.254.169.254' })).toThrow(
      expect.objectContaining({ code: 'job-invalid' }),
    )
  })
})
