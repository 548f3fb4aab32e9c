/**
 * Process groups, as far as the test runner needs them: who is still in one, and ending all of it. Membership is
 * read from /proc, and so empty where there is none (macOS): there the leak check does not see, and kills anyway.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** Command lines of the processes of a group, without zombies. */
export function groupMembers(group: number): string[] {
  return processIds().flatMap(pid => {
    const stat = readProc(pid, 'stat')
    // `pid (name) state ppid pgrp …`; the name may hold anything, so count from the last parenthesis.
    const [state, , pgrp] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    if (Number(pgrp) !== group || state === 'Z') return []
    return [`${pid} ${readProc(pid, 'cmdline').replaceAll('\0', ' ').trim()}`]
  })
}

/** Kills every process of the group at once; a group that is gone is no error. */
export function killGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

function processIds(): string[] {
  try {
    return readdirSync('/proc').filter(name => /^\d+$/.test(name))
  } catch {
    return []
  }
}

/** Empty for a process that ended meanwhile. */
function readProc(pid: string, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8')
  } catch {
    return ''
  }
}
