/** Fetching jars: whole or not at all, once for all, and Maven's complaints where it fails. With a stand-in for Maven. */
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeTempDirectory, removeTempDirectory } from '../../harness/index.ts'
import { ensureJars, pomOf, SERVER_NAMES } from '../../stack/jars.ts'

let directory: string
let path: string | undefined

beforeEach(() => {
  directory = makeTempDirectory()
  path = process.env.PATH
  program('java', 'echo \'openjdk version "17"\' >&2')
  process.env.PATH = [directory, path].join(delimiter)
})

afterEach(() => {
  process.env.PATH = path
  removeTempDirectory(directory)
})

function program(name: string, script: string): void {
  writeFileSync(join(directory, name), `#!/bin/sh\n${script}\n`)
  chmodSync(join(directory, name), 0o755)
}

/** A Maven that notes its call and then does what the script says; `$out` is the folder to fill. */
function maven(script: string): void {
  const version = '[ "$1" = --version ] && { echo "Apache Maven 3.9.9"; exit 0; }'
  const out = 'for a; do case "$a" in -DoutputDirectory=*) out="${a#*=}";; esac; done'
  program('mvn', [version, `echo "$@" >> '${join(directory, 'calls')}'`, out, script].join('\n'))
}

function calls(): string[] {
  return readFileSync(join(directory, 'calls'), 'utf8').trim().split('\n')
}

describe('ensureJars', () => {
  it('fetches once, says what it does, and gives the folder', async () => {
    maven('for i in $(seq 25); do echo "[INFO] Downloaded from central: $i"; done; echo jar > "$out/a.jar"')
    const cache = join(directory, 'cache')
    const said: string[] = []
    const fetched = await Promise.all(
      [1, 2].map(() => ensureJars('kafka', { cache, say: line => said.push(line) })),
    )
    expect(readdirSync(fetched[0]!)).toEqual(['a.jar'])
    expect(fetched[1]).toBe(fetched[0])
    expect(await ensureJars('kafka', { cache })).toBe(fetched[0])
    expect(calls()).toEqual([expect.stringContaining(`-f ${pomOf('kafka')} dependency:copy-dependencies`)])
    expect(said).toContain('kafka: 25 files downloaded …')
    expect(said.at(-1)).toMatch(/^kafka: 1 jars, 0 MB, in \d+ s$/)
  })

  it('tells Maven’s complaints, leaves no folder behind that looks whole, and tries again', async () => {
    maven('echo partial > "$out/a.jar"; echo "[ERROR] no such jar"; exit 1')
    const cache = join(directory, 'cache')
    await expect(ensureJars('hdfs', { cache })).rejects.toThrow(
      /Maven could not fetch the jars:\nno such jar/,
    )
    maven('echo jar > "$out/b.jar"')
    expect(readdirSync(await ensureJars('hdfs', { cache }))).toEqual(['b.jar'])
  })

  it('does not ask Maven where Java is missing', async () => {
    maven('exit 1')
    program('java', 'exit 1')
    await expect(ensureJars('hdfs', { cache: join(directory, 'cache') })).rejects.toMatchObject({
      message: expect.stringContaining('there is no Java'),
      exitCode: 2,
    })
    expect(existsSync(join(directory, 'calls'))).toBe(false)
  })
})

describe('the poms', () => {
  it.each([...SERVER_NAMES, 'httpfs'] as const)('%s: exact versions, of the plugin too', set => {
    const pom = readFileSync(pomOf(set), 'utf8')
    const versions = [...pom.matchAll(/<(?:hadoop\.)?version>([^<$]+)</g)].map(match => match[1])
    expect(versions.length).toBeGreaterThan(2)
    for (const version of versions) expect(version).toMatch(/^\d[\w.-]*$/)
    expect(pom).toMatch(/<artifactId>maven-dependency-plugin<\/artifactId>\s*<version>/)
    expect(pom).not.toMatch(/SNAPSHOT|LATEST|RELEASE|[[(]\d/)
  })
})
