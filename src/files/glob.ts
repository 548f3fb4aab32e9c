/**
 * Globs over path segments: what a pattern of the job means. No I/O.
 *
 *     *  any run of characters   ?  one character   [a-z] [!a-z]  one of a class   {a,b}  either   \x  x itself
 *     ** as a whole segment: any number of folders, none included
 *
 * Wildcards never match across `/`. Names are compared as they are, case included.
 */

import { wrapError } from '../errors.ts'

/** A pattern split into segments that are walked one by one. */
export type GlobSegment =
  | { readonly kind: 'literal'; readonly name: string }
  | { readonly kind: 'match'; readonly matches: (name: string) => boolean; readonly hidden: boolean }
  | { readonly kind: 'any-depth' }

export function isGlob(pattern: string): boolean {
  return /[*?[{]/.test(pattern)
}

/** Segments of each alternative of an absolute pattern: `{a,b}` is expanded first, as a shell does. */
export function parseGlob(pattern: string): GlobSegment[][] {
  return expandBraces(pattern).map(alternative =>
    alternative
      .split('/')
      .filter(part => part !== '')
      .map(parseSegment),
  )
}

function parseSegment(part: string): GlobSegment {
  if (part === '**') return { kind: 'any-depth' }
  if (!/[*?[\\]/.test(part)) return { kind: 'literal', name: part }
  const expression = expressionOf(part)
  return { kind: 'match', matches: name => expression.test(name), hidden: isHidden(part) }
}

function expressionOf(part: string): RegExp {
  try {
    return new RegExp(`^${segmentSource(part)}$`, 'su')
  } catch (error) {
    throw wrapError(error, 'job-invalid', `${part} is not a pattern`, {
      advice:
        'A class like [a-z] goes from the smaller character to the larger; \\[ stands for the bracket itself.',
    })
  }
}

function segmentSource(part: string): string {
  let source = ''
  for (let i = 0; i < part.length; i++) {
    const char = part[i]!
    const close = char === '[' ? classEnd(part, i) : -1
    if (char === '*') source += '[^/]*'
    else if (char === '?') source += '[^/]'
    else if (close > 0) {
      source += classSource(part.slice(i + 1, close))
      i = close
    } else if (char === '\\' && i + 1 < part.length) source += escaped(part[++i]!)
    else source += escaped(char)
  }
  return source
}

function escaped(char: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char
}

/** Index of the `]` that ends a class, or -1: `[` without an end is an ordinary character. */
function classEnd(part: string, open: number): number {
  const first = part[open + 1] === '!' || part[open + 1] === '^' ? open + 2 : open + 1
  return part.indexOf(']', first + 1)
}

function classSource(body: string): string {
  const negated = body.startsWith('!') || body.startsWith('^')
  const members = (negated ? body.slice(1) : body).replace(/[\\\]^[&~]/g, '\\$&')
  return `[${negated ? '^' : ''}${members}]`
}

/** `a{b,c}d` → `abd`, `acd`; nested braces too. Braces without a comma stay as they are. */
export function expandBraces(pattern: string): string[] {
  const open = pattern.indexOf('{')
  if (open < 0) return [pattern]
  const close = braceEnd(pattern, open)
  if (close < 0) return [pattern]
  const options = splitOptions(pattern.slice(open + 1, close))
  const tails = expandBraces(pattern.slice(close + 1))
  const head = pattern.slice(0, open)
  const bodies = options.length < 2 ? [`{${options[0]}}`] : options.flatMap(expandBraces)
  return bodies.flatMap(body => tails.map(tail => head + body + tail))
}

function braceEnd(pattern: string, open: number): number {
  let depth = 0
  for (let i = open; i < pattern.length; i++) {
    if (pattern[i] === '{') depth++
    else if (pattern[i] === '}' && --depth === 0) return i
  }
  return -1
}

function splitOptions(body: string): string[] {
  const options: string[] = []
  let depth = 0
  let from = 0
  for (let i = 0; i < body.length; i++) {
    if (body[i] === '{') depth++
    else if (body[i] === '}') depth--
    else if (body[i] === ',' && depth === 0) {
      options.push(body.slice(from, i))
      from = i + 1
    }
  }
  options.push(body.slice(from))
  return options
}

/** Names that writers use for what is not data; a `_key=value` folder is data (as in Spark). */
export function isHidden(name: string): boolean {
  return name.startsWith('.') || (name.startsWith('_') && !name.includes('='))
}
