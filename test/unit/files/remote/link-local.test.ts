import { describe, expect, it } from 'vitest'
import { isLinkLocal } from '../../../../src/files/remote/link-local.ts'

describe('isLinkLocal', () => {
  it.each([
    '169.254.169.254',
    '169.254.0.0',
    '169.254.255.255',
    'fe80::1',
    'fe80::1%eth0',
    'febf:ffff::1',
    '[fe80::1]',
    '::ffff:169.254.169.254',
    '::ffff:a9fe:a9fe',
    '::169.254.169.254',
    '::ffff:0:169.254.1.1',
    '64:ff9b::169.254.169.254',
    '0:0:0:0:0:ffff:a9fe:1',
    'fd00:ec2::254',
    'FD00:0EC2:0:0:0:0:0:0254',
  ])('%s is', address => {
    expect(isLinkLocal(address)).toBe(true)
  })

  it.each([
    '127.0.0.1',
    '169.253.1.1',
    '169.255.1.1',
    '10.0.0.1',
    '::1',
    'fec0::1',
    'fe7f::1',
    '::ffff:10.0.0.1',
    '2001:db8::a9fe:a9fe',
    'fd00:ec2::253',
    'namenode',
    'fe80.example.com',
    '',
  ])('%s is not', address => {
    expect(isLinkLocal(address)).toBe(false)
  })
})
