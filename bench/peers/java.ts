/** Whether there is a Java for the peers that need one. */

import { spawnSync } from 'node:child_process'

const JAVA_MIN = 17

/** Null where there is one that is new enough, else what is wrong. */
export function javaProblem(): string | null {
  const { status, stderr } = spawnSync('java', ['-version'], { encoding: 'utf8' })
  if (status !== 0) return 'there is no Java'
  const version = javaVersion(stderr)
  return version >= JAVA_MIN ? null : `Java ${version} is older than ${JAVA_MIN}`
}

/** Major version that `java -version` tells, NaN where it tells none. */
export function javaVersion(text: string): number {
  return Number(/version "(?:1\.)?(\d+)/.exec(text)?.[1])
}
