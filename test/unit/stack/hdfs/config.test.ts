/** What the processes of an HDFS are told, by its form. */
import { describe, expect, it } from 'vitest'
import { hdfsFiles } from '../../../stack/hdfs/config.ts'
import { type HdfsForm, type HdfsShape, hdfsPortNames } from '../../../stack/hdfs/shape.ts'

const PLAIN: HdfsForm = { dataNodes: 2, highAvailability: false, httpFs: false, tls: false, site: {} }

function shapeOf(form: Partial<HdfsForm> = {}): HdfsShape {
  const whole = { ...PLAIN, ...form }
  const ports = Object.fromEntries(hdfsPortNames(whole).map((name, i) => [name, 20_000 + i]))
  return { ...whole, directory: '/stack/hdfs', ports, user: 'ann' }
}

/** Value of a property in a file of a process. */
function settingOf(shape: HdfsShape, node: string, file: string, name: string): string | undefined {
  const text = hdfsFiles(shape).get(`/stack/hdfs/conf/${node}/${file}`) ?? ''
  return new RegExp(`<name>${name.replaceAll('.', '\\.')}</name><value>([^<]*)<`).exec(text)?.[1]
}

describe('hdfsFiles', () => {
  it('puts every address on the loopback interface', () => {
    for (const form of [{}, { highAvailability: true, httpFs: true, tls: true }]) {
      for (const text of hdfsFiles(shapeOf(form)).values()) expect(text ?? '').not.toContain('0.0.0.0')
    }
  })

  it('gives each DataNode ports and a folder of its own', () => {
    const shape = shapeOf()
    const of = (name: string) =>
      ['datanode0', 'datanode1'].map(node => settingOf(shape, node, 'hdfs-site.xml', name))
    for (const name of ['dfs.datanode.address', 'dfs.datanode.http.address', 'dfs.datanode.data.dir']) {
      const values = of(name)
      expect(new Set(values).size).toBe(2)
      expect(values).not.toContain(undefined)
    }
  })

  it('has as many replicas as there are DataNodes, and not more than two', () => {
    const replicas = (dataNodes: number) =>
      settingOf(shapeOf({ dataNodes }), 'client', 'hdfs-site.xml', 'dfs.replication')
    expect([1, 2, 3].map(replicas)).toEqual(['1', '2', '2'])
  })

  it('lets properties that were asked for win', () => {
    const shape = shapeOf({ site: { 'dfs.heartbeat.interval': 7 } })
    for (const node of ['client', 'namenode0', 'datanode1']) {
      expect(settingOf(shape, node, 'hdfs-site.xml', 'dfs.heartbeat.interval')).toBe('7')
    }
  })

  it('names one NameNode by its address, and two by a name', () => {
    expect(settingOf(shapeOf(), 'client', 'core-site.xml', 'fs.defaultFS')).toBe('hdfs://127.0.0.1:20000')
    const two = shapeOf({ highAvailability: true })
    expect(settingOf(two, 'client', 'core-site.xml', 'fs.defaultFS')).toBe('hdfs://hindcast')
    for (const node of ['namenode0', 'namenode1']) {
      expect(settingOf(two, node, 'hdfs-site.xml', 'dfs.ha.namenode.id')).toBe(node)
      expect(settingOf(two, 'client', 'hdfs-site.xml', `dfs.namenode.http-address.hindcast.${node}`)).toMatch(
        /^127/,
      )
    }
  })

  it('serves TLS only where it is asked for', () => {
    expect(settingOf(shapeOf(), 'namenode0', 'hdfs-site.xml', 'dfs.http.policy')).toBe('HTTP_ONLY')
    const secure = shapeOf({ tls: true })
    expect(settingOf(secure, 'namenode0', 'hdfs-site.xml', 'dfs.http.policy')).toBe('HTTP_AND_HTTPS')
    expect(settingOf(secure, 'datanode0', 'hdfs-site.xml', 'dfs.datanode.https.address')).toMatch(/^127/)
    expect(settingOf(secure, 'datanode0', 'ssl-server.xml', 'ssl.server.keystore.location')).toBe(
      '/stack/hdfs/tls/keys.p12',
    )
  })

  it('lets the gateway speak for others', () => {
    const shape = shapeOf({ httpFs: true })
    expect(settingOf(shape, 'namenode0', 'core-site.xml', 'hadoop.proxyuser.ann.groups')).toBe('*')
    expect(settingOf(shape, 'httpfs', 'httpfs-site.xml', 'httpfs.http.port')).toBe(
      String(shape.ports['httpfs.http']),
    )
  })
})
