/**
 * Runs a program on another Node as if it were this process: same standard streams, same working directory,
 * signals reach it, and its exit code or signal becomes ours.
 *
 * Node ≥ 22.15 can replace itself (`execve`). Older ones keep a parent that forwards signals; there a terminal's
 * Ctrl-C must not be forwarded, as it reaches the whole foreground group anyway and a second SIGINT means "now".
 */
// @ts-check
import { spawn } from 'node:child_process'
import { constants } from 'node:os'

const FORWARDED = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'])

/**
 * @param {string} node path of the Node to run on
 * @param {string[]} args its arguments, the program first
 * @returns {Promise<void>} when the program has ended and `process.exitCode` is its; with execve, never
 */
export async function runOn(node, args) {
  const { execve } =
    /** @type {{ execve?: (file: string, args: string[], env: NodeJS.ProcessEnv) => never }} */ (process)
  if (execve && process.platform !== 'win32') execve.call(process, node, [node, ...args], process.env)
  const child = spawn(node, args, { stdio: 'inherit' })
  const onTerminal = Boolean(process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY)
  for (const signal of FORWARDED) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !onTerminal) child.kill(signal)
    })
  }
  const [code, signal] = await ended(child)
  for (const forwarded of FORWARDED) process.removeAllListeners(forwarded)
  if (signal === null) {
    process.exitCode = code === null ? 1 : code
    return
  }
  process.exitCode = 128 + constants.signals[signal]
  process.kill(process.pid, signal)
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @returns {Promise<[number | null, NodeJS.Signals | null]>}
 */
function ended(child) {
  return new Promise((done, fail) => {
    child.on('error', fail)
    child.on('close', (code, signal) => done([code, signal]))
  })
}
