/** What the processes of an HBase are told. */
import { describe, expect, it } from 'vitest'
import { type HbaseShape, hbaseFiles, hbasePortNames } from '../../../stack/hbase/config.ts'

function shapeOf(regionServers: number): HbaseShape {
  const ports = Object.fromEntries(hbasePortNames(regionServers).map((name, i) => [name, 20_000 + i]))
  return { directory: '/stack/hbase', regionServers, ports, site: { 'hbase.regionserver.handler.count': 3 } }
}

describe('hbaseFiles', () => {
  const shape = shapeOf(2)
  const siteOf = (node: string) => hbaseFiles(shape).get(`/stack/hbase/conf/${node}/hbase-site.xml`) ?? ''

  it('puts every address on the loopback interface', () => {
    for (const text of hbaseFiles(shape).values()) expect(text ?? '').not.toContain('0.0.0.0')
    for (const name of ['clientPortAddress', 'master.ipc.address', 'regionserver.ipc.address']) {
      expect(siteOf('client')).toMatch(new RegExp(`${name}</name><value>127\\.0\\.0\\.1<`))
    }
  })

  it('gives each region server ports of its own', () => {
    const ports = ['regionserver0', 'regionserver1'].map(
      node => /hbase\.regionserver\.port<\/name><value>(\d+)/.exec(siteOf(node))?.[1],
    )
    expect(ports).toEqual([shape.ports['regionserver0.rpc'], shape.ports['regionserver1.rpc']].map(String))
  })

  it('lets properties that were asked for win', () => {
    expect(siteOf('regionserver1')).toContain('handler.count</name><value>3<')
  })
})
