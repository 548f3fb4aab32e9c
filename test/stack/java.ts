/** Java and Maven of this machine: whether they are there, and how a JVM is started. */
import { spawnSync } from 'node:child_process'
import { type Ended, spawnCommand } from '../harness/index.ts'
import { StackError } from './stack-error.ts'

const JAVA_MIN = 17
const MAVEN_MIN = [3, 6] as const
/** Of what a program that failed has printed. */
const OUTPUT_LINES = 15

/** Why the servers cannot be started on this machine, and what to install; null where they can. */
export function stackMissing(environment: NodeJS.ProcessEnv = process.env): string | null {
  const missing = [javaMissing(environment), mavenMissing(environment)].filter(each => each !== null)
  return missing.length === 0 ? null : missing.join('; ')
}

function javaMissing(env: NodeJS.ProcessEnv): string | null {
  const { status, stdout, stderr } = spawnSync('java', ['-version'], { encoding: 'utf8', env })
  const advice = `install a JDK or JRE ${JAVA_MIN} or newer and put \`java\` on the PATH`
  if (status !== 0) return `there is no Java: ${advice}`
  const major = Number(/version "(?:1\.)?(\d+)/.exec(`${stderr}${stdout}`)?.[1])
  return major >= JAVA_MIN ? null : `Java ${major} is older than ${JAVA_MIN}: ${advice}`
}

function mavenMissing(env: NodeJS.ProcessEnv): string | null {
  const { status, stdout } = spawnSync('mvn', ['--version'], { encoding: 'utf8', env })
  const advice = `install Apache Maven ${MAVEN_MIN.join('.')} or newer and put \`mvn\` on the PATH`
  if (status !== 0) return `there is no Maven: ${advice}`
  const [major, minor] = (/Apache Maven (\d+)\.(\d+)/.exec(stdout) ?? []).slice(1).map(Number)
  const enough = major! > MAVEN_MIN[0] || (major === MAVEN_MIN[0] && minor! >= MAVEN_MIN[1])
  return enough ? null : `Maven ${major}.${minor} is older than ${MAVEN_MIN.join('.')}: ${advice}`
}

export interface JvmOptions {
  /** Folders and `folder/*`, first wins. */
  readonly classpath: string
  readonly heapMiB: number
  /** More options of the JVM: `-D…`, `--add-opens=…`. */
  readonly options?: readonly string[]
}

/** Arguments of `java` up to and with the main class. */
export function javaArgs(mainClass: string, jvm: JvmOptions): string[] {
  return [
    '-XX:+UseSerialGC', // one thread: several JVMs share few cores
    `-Xmx${jvm.heapMiB}m`,
    '-XX:+ExitOnOutOfMemoryError',
    '-Djava.net.preferIPv4Stack=true',
    '-Dfile.encoding=UTF-8',
    ...(jvm.options ?? []),
    '-cp',
    jvm.classpath,
    mainClass,
  ]
}

export interface JavaRun {
  /** Default 60 s. */
  readonly deadlineMs?: number
  /** Text for stdin. */
  readonly input?: string
  /** Added to the environment: `{ HADOOP_USER_NAME: 'ann' }`. */
  readonly env?: Readonly<Record<string, string>>
}

/**
 * Runs a Java program to its end, whatever its exit code. Meant for short ones: the JVM compiles quickly, not well.
 * File names in arguments are UTF-8.
 */
export function runJavaProgram(
  mainClass: string,
  args: readonly string[],
  jvm: JvmOptions,
  options: JavaRun = {},
): Promise<Ended> {
  return spawnCommand('java', ['-XX:TieredStopAtLevel=1', ...javaArgs(mainClass, jvm), ...args], {
    ...options,
    env: { LC_ALL: 'C.UTF-8', ...options.env },
  }).ended
}

/** The same, and an exit code other than 0 is a StackError with the last lines that it printed. */
export async function mustRunJavaProgram(
  mainClass: string,
  args: readonly string[],
  jvm: JvmOptions,
  options: JavaRun = {},
): Promise<Ended> {
  const ended = await runJavaProgram(mainClass, args, jvm, options)
  if (ended.code === 0) return ended
  const output = `${ended.stdout}\n${ended.stderr}`.trim().split('\n').slice(-OUTPUT_LINES).join('\n')
  const name = mainClass.slice(mainClass.lastIndexOf('.') + 1)
  throw new StackError(
    `${name} ${args.join(' ')} ended with exit code ${ended.code}\n${output}`,
    'The logs of the server may say more.',
  )
}
