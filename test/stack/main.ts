/**
 * `npm run stack`: real servers on this machine, for trying Hindcast and for its tests. Progress on stderr; the last
 * line of stdout is one JSON object that says where things are.
 */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { SERVER_NAMES, type ServerName } from './jars.ts'
import { stackMissing } from './java.ts'
import { Stack, type StackSizes } from './stack.ts'
import { StackError } from './stack-error.ts'
import type { StackStatus } from './state-file.ts'

const DIRECTORY = fileURLToPath(new URL('../../out/stack', import.meta.url))

const USAGE = `npm run stack -- COMMAND [OPTION…]

  up [hdfs] [kafka] [hbase]     start what does not run yet (all three if none is named) and wait until it serves
  status                        say where things are
  down [hdfs] [kafka] [hbase]   end them (all if none is named); their files stay for the next up

  --brokers N          a new Kafka has 1 (default) or 3 brokers
  --region-servers N   a new HBase has so many region servers (default 1)
  --directory DIR      where configuration, data and logs are (default out/stack)
  --remove             with down: delete the files of what is ended, too

The last line of stdout is JSON: {"hdfs":{…},"kafka":{…},"hbase":{…},"classpath":{…}}. Exit codes: 0 done,
1 a server failed, 2 the arguments are wrong or Java or Maven is missing.
`

function say(line: string): void {
  process.stderr.write(`${line}\n`)
}

async function main(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args)
  const [command = '', ...rest] = positionals
  if (values.help || command === 'help') {
    process.stdout.write(USAGE)
    return 0
  }
  const stack = new Stack({ directory: values.directory, say })
  const names = serversNamed(rest)
  switch (command) {
    case 'up':
      return up(stack, names, sizesOf(values))
    case 'status':
      return print(stack.status())
    case 'down':
      return print(await stack.down(names, { remove: values.remove }))
    default:
      throw wrongArguments(command === '' ? 'no command' : `no command is called ${command}`)
  }
}

async function up(stack: Stack, names: readonly ServerName[], sizes: StackSizes): Promise<number> {
  const missing = stackMissing()
  if (missing !== null) {
    throw new StackError(missing, 'The servers are Java programs, which Maven fetches.', { exitCode: 2 })
  }
  const interruption = new AbortController()
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    process.once(signal, () => interruption.abort(new Interrupted(signal, code)))
  }
  return print(await stack.up(names, { ...sizes, signal: interruption.signal }))
}

class Interrupted extends Error {
  readonly exitCode: number

  constructor(signal: string, exitCode: number) {
    super(`interrupted by ${signal}`)
    this.exitCode = exitCode
  }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        directory: { type: 'string', default: DIRECTORY },
        brokers: { type: 'string' },
        'region-servers': { type: 'string' },
        remove: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw wrongArguments(error instanceof Error ? error.message : String(error))
  }
}

function serversNamed(names: readonly string[]): readonly ServerName[] {
  const unknown = names.filter(name => !SERVER_NAMES.some(known => known === name))
  if (unknown.length > 0) {
    throw wrongArguments(`no server is called ${unknown.join(', ')}; there are ${SERVER_NAMES.join(', ')}`)
  }
  return names.length === 0 ? SERVER_NAMES : SERVER_NAMES.filter(name => names.includes(name))
}

function sizesOf(values: { brokers?: string; 'region-servers'?: string }): StackSizes {
  const [brokers, regionServers] = [values.brokers, values['region-servers']].map(text => {
    if (text !== undefined && !/^[1-9]$/.test(text)) throw wrongArguments(`${text} is no number from 1 to 9`)
    return text === undefined ? undefined : Number(text)
  })
  return {
    ...(brokers === undefined ? {} : { brokers }),
    ...(regionServers === undefined ? {} : { regionServers }),
  }
}

function wrongArguments(what: string): StackError {
  return new StackError(what, 'npm run stack -- help says what there is.', { exitCode: 2 })
}

function print({ line, ended }: StackStatus): number {
  for (const { name, pid, log } of ended) say(`${name} (${pid}) has ended by itself; its log: ${log}`)
  process.stdout.write(`${JSON.stringify(line)}\n`)
  return 0
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (error instanceof StackError) {
    say(`${error.message}\n${error.advice}`)
    process.exitCode = error.exitCode
  } else if (error instanceof Interrupted) {
    say(error.message)
    // What was on its way when the signal came has nobody to wait for it.
    process.exit(error.exitCode)
  } else throw error
}
