/** The form of config/compose.yaml, as far as it can be told without an engine. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

interface Service {
  readonly image: string
  readonly ports?: readonly string[]
  readonly network_mode?: string
  readonly volumes?: readonly string[]
  readonly configs?: readonly { readonly source: string }[]
  readonly environment?: Readonly<Record<string, unknown>>
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: object
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>
  readonly volumes: Readonly<Record<string, unknown>>
  readonly configs: Readonly<Record<string, { readonly content: string }>>
}

const file = new URL('../../../config/compose.yaml', import.meta.url)
const compose = parse(readFileSync(file, 'utf8'), { merge: true }) as Compose

describe.each(Object.entries(compose.services))('%s', (_, service) => {
  it('has a pinned image', () => {
    expect(service.image).toMatch(/^(apache\/(hadoop|kafka)|maven):\d+\.\d+\.\d+[\w.-]*$/)
  })

  it('is open on the loopback interface only', () => {
    for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:(\d+):\1$/)
  })

  it('names only what there is', () => {
    const others = Object.keys(service.depends_on ?? {})
    if (service.network_mode !== undefined) others.push(service.network_mode.replace(/^service:/, ''))
    for (const other of others) expect(compose.services).toHaveProperty(other)
    for (const { source } of service.configs ?? []) expect(compose.configs).toHaveProperty(source)
    for (const volume of service.volumes ?? []) {
      const [source] = volume.split(':') as [string]
      if (source.startsWith('.')) expect(existsSync(fileURLToPath(new URL(source, file)))).toBe(true)
      else expect(compose.volumes).toHaveProperty(source)
    }
  })

  it('depends only on what can be told to be healthy', () => {
    for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
      if (condition === 'service_healthy') expect(compose.services[other]).toHaveProperty('healthcheck')
    }
  })

  it('gets texts from its environment, which YAML would else make numbers of', () => {
    for (const value of Object.values(service.environment ?? {})) expect(value).toBeTypeOf('string')
  })
})

it('has the three servers', () => {
  expect(Object.keys(compose.services)).toEqual(expect.arrayContaining(['namenode', 'kafka', 'hbase']))
})
