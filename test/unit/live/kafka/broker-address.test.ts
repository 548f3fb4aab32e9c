import { describe, expect, it } from 'vitest'
import { AllowedHosts, brokerText, parseBroker } from '../../../../src/live/kafka/broker-address.ts'

describe('addresses of brokers', () => {
  it.each([
    ['localhost:9092', { host: 'localhost', port: 9092 }],
    ['10.0.0.1:1', { host: '10.0.0.1', port: 1 }],
    ['[::1]:65535', { host: '::1', port: 65535 }],
    ['b-1.example.com:9096', { host: 'b-1.example.com', port: 9096 }],
  ])('%s', (text, address) => {
    expect(parseBroker(text)).toEqual(address)
    expect(brokerText(address)).toBe(text)
  })

  it.each([
    'localhost',
    'localhost:',
    ':9092',
    'a:0',
    'a:65536',
    'a:9092/x',
    'http://a:9092',
    '::1:9092',
    'u@a:9092',
    '',
  ])('"%s" is none', text => {
    expect(() => parseBroker(text)).toThrowError(expect.objectContaining({ code: 'argument-invalid' }))
  })

  const BOOTSTRAP = [parseBroker('kafka.example.com:9092')]
  const allows = (advertised: readonly string[] | undefined, host: string, port = 9092) => {
    try {
      new AllowedHosts(BOOTSTRAP, advertised).check({ host, port })
      return true
    } catch (error) {
      expect(error).toMatchObject({ code: 'redirect-refused' })
      return false
    }
  }

  it.each([
    [undefined, 'anything.at.all', true],
    [undefined, '169.254.169.254', false],
    [undefined, '::ffff:169.254.169.254', false],
    [undefined, 'fe80::1', false],
    [[], 'kafka.example.com', true],
    [[], 'KAFKA.example.com.', true],
    [[], 'b1.example.com', false],
    [['.example.com'], 'b1.example.com', true],
    [['.example.com'], 'example.com', false],
    [['.example.com'], 'badexample.com', false],
    [['.example.com'], 'b1.example.com.evil.org', false],
    [['example.com'], 'example.com', true],
    [['example.com'], 'b1.example.com', true],
    [['example.com'], 'badexample.com', false],
    [['.EXAMPLE.com'], 'B1.Example.Com', true],
    [['169.254.169.254'], '169.254.169.254', false],
    [['10.0.0.2'], '10.0.0.2', true],
    [['10.0.0.2'], '10.0.0.3', false],
  ] as const)('advertised %j: %s → %s', (advertised, host, isAllowed) => {
    expect(allows(advertised, host)).toBe(isAllowed)
  })

  it('a port that is none is refused', () => {
    expect(allows(undefined, 'a', 0)).toBe(false)
    expect(allows(undefined, 'a', 70_000)).toBe(false)
    expect(allows(undefined, 'a', -1)).toBe(false)
  })
})
