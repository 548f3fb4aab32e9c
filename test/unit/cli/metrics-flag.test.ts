import { describe, expect, it } from 'vitest'
import { metricsPlace, readMetricsAddress } from '../../../src/cli/metrics-flag.ts'
import { record } from './recorder.ts'

describe('--metrics', () => {
  it.each([
    ['9464', { port: 9464 }],
    ['0', { port: 0 }],
    ['0.0.0.0:80', { port: 80, host: '0.0.0.0' }],
    ['metrics.example.com:9464', { port: 9464, host: 'metrics.example.com' }],
    ['[::1]:9464', { port: 9464, host: '::1' }],
  ])('%s', (text, address) => {
    expect(readMetricsAddress(text)).toEqual(address)
  })

  it.each(['', '65536', '-1', '1.5', 'localhost', 'localhost:', ':80', '::1:80', '[]:80', '80 ', '123456'])(
    'refuses "%s"',
    text => {
      expect(() => readMetricsAddress(text)).toThrow('port from 0 to 65535')
    },
  )

  it('says where it listens, as JSON where stderr is JSON', () => {
    const terminal = record()
    metricsPlace({ port: 0 }, 'none', terminal).onListening!('http://127.0.0.1:1/metrics')
    metricsPlace({ port: 0 }, 'json', terminal).onListening!('http://127.0.0.1:2/metrics')
    expect(terminal.stderr).toBe(
      'metrics: http://127.0.0.1:1/metrics\n{"metrics":"http://127.0.0.1:2/metrics"}\n',
    )
  })
})
