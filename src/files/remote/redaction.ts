/** What a server says, made fit to be shown: one line, short, no control characters, no query, no token. */

const SHOWN_CHARACTERS = 300

/** The first line of a message of a server, for an error or a log. */
export function redacted(message: string): string {
  const line = message.slice(0, 16 * SHOWN_CHARACTERS).split(/[\r\n]/, 1)[0]!
  const plain = line
    .replace(/\p{Cc}+/gu, ' ')
    .replace(/\?[^\s"'<>]*=[^\s"'<>]*/g, '?…')
    .replace(/\b(delegation|token|signature|password|secret|hadoop\.auth)\s*[=:]\s*[^\s"'<>,;&)]+/gi, '$1=…')
    .replace(/\b(\w+:\/\/)[^\s/@]+@/g, '$1…@')
    .trim()
  return plain.length <= SHOWN_CHARACTERS ? plain : `${plain.slice(0, SHOWN_CHARACTERS)}…`
}
