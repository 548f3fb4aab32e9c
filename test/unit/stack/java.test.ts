/** What is said of a machine that lacks Java or Maven, told from stand-ins for both. */
import { chmodSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { withTempDirectory } from '../../harness/index.ts'
import { javaArgs, stackMissing } from '../../stack/java.ts'

const JAVA = 'echo \'openjdk version "17.0.15" 2025-04-15\' >&2'
const MAVEN = "echo 'Apache Maven 3.8.7'"

/** What is missing where these programs are all there is. */
function missingWith(programs: Readonly<Record<string, string>>): Promise<string | null> {
  return withTempDirectory(directory => {
    for (const [name, script] of Object.entries(programs)) {
      writeFileSync(join(directory, name), `#!/bin/sh\n${script}\n`)
      chmodSync(join(directory, name), 0o755)
    }
    return stackMissing({ PATH: [directory, ''].join(delimiter) })
  })
}

describe('stackMissing', () => {
  it.each([
    [{ java: JAVA, mvn: MAVEN }, null],
    [{ java: JAVA.replace('17.0.15', '21'), mvn: MAVEN.replace('3.8.7', '4.0.0') }, null],
    [{ mvn: MAVEN }, /^there is no Java: install .* 17 or newer and put `java` on the PATH$/],
    [{ java: JAVA }, /^there is no Maven: install Apache Maven 3\.6 or newer/],
    [{}, /^there is no Java: .*; there is no Maven: /],
    [{ java: 'exit 1', mvn: MAVEN }, /^there is no Java/],
    [{ java: JAVA.replace('17.0.15', '11.0.2'), mvn: MAVEN }, /^Java 11 is older than 17: /],
    [{ java: JAVA.replace('17.0.15', '1.8.0_292'), mvn: MAVEN }, /^Java 8 is older than 17: /],
    [{ java: JAVA, mvn: MAVEN.replace('3.8.7', '3.5.4') }, /^Maven 3\.5 is older than 3\.6: /],
  ])('%j', async (programs, expected) => {
    const missing = await missingWith(programs)
    if (expected === null) expect(missing).toBe(null)
    else expect(missing).toMatch(expected)
  })
})

it('javaArgs ends with the main class, after the options of the JVM', () => {
  const args = javaArgs('a.Main', { classpath: 'conf:jars/*', heapMiB: 64, options: ['-Dx=y'] })
  expect(args.slice(-4)).toEqual(['-Dx=y', '-cp', 'conf:jars/*', 'a.Main'])
  expect(args).toContain('-Xmx64m')
})
