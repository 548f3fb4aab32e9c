/**
 * References to secrets: `${env:NAME}` and `${file:path}`, alone or inside other text. A value that came from
 * a reference is never quoted: messages show the reference.
 */

import { readFileSync, statSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'
import { isPlain, type JobPath, type ProblemList } from './problem.ts'
import { setOwn } from './source.ts'

const REFERENCE = /\$\{([^}]*)\}/g
const SECRET_BYTES_MAX = 65_536

export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Relative `${file:…}` paths are below it. */
  readonly directory: string
}

/**
 * A copy of plain data in which references are replaced by what they stand for. One that has no value is a
 * `secret-missing` problem and stays as it is.
 */
export function withSecrets(
  value: unknown,
  sources: SecretSources,
  list: ProblemList,
  path: JobPath = [],
): unknown {
  if (typeof value === 'string') return replaceReferences(value, sources, list, path)
  if (Array.isArray(value)) return value.map((item, i) => withSecrets(item, sources, list, [...path, i]))
  if (typeof value !== 'object' || value === null || !isPlain(value)) return value
  const copy = {}
  for (const [key, inner] of Object.entries(value))
    setOwn(copy, key, withSecrets(inner, sources, list, [...path, key]))
  return copy
}

function replaceReferences(text: string, sources: SecretSources, list: ProblemList, path: JobPath): string {
  if (!text.includes('${')) return text
  return text.replaceAll(REFERENCE, (reference: string, body: string) => {
    if (body.startsWith('env:')) return fromEnvironment(reference, body.slice(4), { sources, list, path })
    if (body.startsWith('file:')) return fromFile(reference, body.slice(5), { sources, list, path })
    list.add(path, `given the reference "${reference}", expected \${env:NAME} or \${file:path}`)
    return reference
  })
}

interface Reading {
  readonly sources: SecretSources
  readonly list: ProblemList
  readonly path: JobPath
}

function fromEnvironment(reference: string, name: string, { sources, list, path }: Reading): string {
  const value = Object.hasOwn(sources.env, name) ? sources.env[name] : undefined
  if (value !== undefined && value !== '') return value
  const state = value === '' ? 'empty' : 'not set'
  list.addSecretMissing(
    path,
    `"${reference}": the environment variable ${name} is ${state}`,
    `Set it, e.g. export ${name}=…`,
  )
  return reference
}

function fromFile(reference: string, file: string, { sources, list, path }: Reading): string {
  const where = isAbsolute(file) ? file : resolve(sources.directory, file)
  try {
    if (statSync(where).size > SECRET_BYTES_MAX) {
      list.addSecretMissing(
        path,
        `"${reference}": the file is larger than ${SECRET_BYTES_MAX} bytes`,
        'Name a file that holds the value alone.',
      )
      return reference
    }
    const value = readFileSync(where, 'utf8').replace(/\r?\n$/, '')
    if (value !== '') return value
    list.addSecretMissing(path, `"${reference}": the file is empty`, 'Write the value into it.')
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    list.addSecretMissing(path, `"${reference}": ${reason}`, 'Relative paths are relative to the job file.')
  }
  return reference
}
