import { expect, it } from 'vitest'
import { SuspectNodes } from '../../../../src/files/webhdfs/suspect-nodes.ts'

const REPLICAS = [
  { hosts: ['dn1', '10.0.0.1'], httpPorts: [9864, 9865], transfer: '10.0.0.1:9866' },
  { hosts: ['dn1', '10.0.0.1'], httpPorts: [9964, 0], transfer: '10.0.0.1:9966' },
]

it('names suspects as the NameNode knows them, for a while', () => {
  let now = 0
  const suspects = new SuspectNodes(() => now)
  expect(suspects.excluded()).toBeNull()
  suspects.add({ host: 'dn1', port: 9964 }, REPLICAS)
  suspects.add({ host: 'dn2', port: 9864 }, REPLICAS)
  expect(suspects.excluded()).toBe('10.0.0.1:9966')
  expect([suspects.has({ host: 'dn2', port: 9864 }), suspects.has({ host: 'dn1', port: 9864 })]).toEqual([
    true,
    false,
  ])
  now = 59_999
  expect(suspects.excluded()).toBe('10.0.0.1:9966')
  now = 60_000
  expect(suspects.excluded()).toBeNull()
  expect(suspects.has({ host: 'dn2', port: 9864 })).toBe(false)
})

it('remembers few, and forgives the oldest first where no other is left', () => {
  const suspects = new SuspectNodes(() => 0)
  for (let port = 1; port <= 40; port++) suspects.add({ host: 'dn', port }, [])
  expect([suspects.has({ host: 'dn', port: 8 }), suspects.has({ host: 'dn', port: 9 })]).toEqual([
    false,
    true,
  ])
  suspects.add({ host: 'dn', port: 9 }, [])
  expect(suspects.forgive()).toBe(true)
  expect([9, 10, 11].map(port => suspects.has({ host: 'dn', port }))).toEqual([true, false, true])
  for (let left = 31; left > 0; left--) expect(suspects.forgive()).toBe(true)
  expect(suspects.forgive()).toBe(false)
})
