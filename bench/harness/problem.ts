/** What a program that failed has to say, in one line: its error message if there is one, else its last words. */
export function problemOf(stderr: string): string {
  const lines = stderr.trim().split('\n')
  const error = lines.find(line => /^\[?[\w.]*(Error|Exception)\b/.test(line))
  return (error ?? lines.slice(-3).join(' / ')).trim().slice(0, TEXT_MAX)
}

const TEXT_MAX = 400
