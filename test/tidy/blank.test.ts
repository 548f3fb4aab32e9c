/**
 * Blanking: code stays, prose goes, positions hold.
 */
import { describe, expect, it } from 'vitest'
import { blankComments, blankText } from './blank.ts'

/** Blanks as dots, so that the expectations can be read. */
function seen(text: string): string {
  return [...blankText(text)]
    .map((char, at) => (char === ' ' && text.charAt(at) !== ' ' ? '.' : char))
    .join('')
}

describe('blankText', () => {
  it.each([
    ["a = 'b' // c", "a = '.' ....".replace('....', '.. .')],
    ['a /* b */ c', 'a .. . .. c'],
    ['a = "it\'s" + b', 'a = "...." + b'],
    ["'a\\'b' + c", "'....' + c"],
    ['`a${b + `c${d}`}e` + f', '`.${b + `.${d}`}.` + f'],
    ['`${{ a: 1 }}b`', '`${{ a: 1 }}.`'],
    ["x = /a'b/ + 'c'", "x = /.../ + '.'"],
    ["x.test(/[/']/) + 'c'", "x.test(/..../) + '.'"],
    ["a / b + 'c' / d", "a / b + '.' / d"],
    ["(a) / b / 'c'", "(a) / b / '.'"],
    ["return /'/", 'return /./'],
  ])('%s', (text, expected) => {
    expect(seen(text)).toBe(expected)
  })

  it('keeps length and line ends', () => {
    const text = "/*\n a\n*/ b\n`c\n${d}\n` // e\n'f'\n"
    const blank = blankText(text)
    expect(blank.length).toBe(text.length)
    expect(blank.split('\n').map(line => line.trim())).toEqual(['', '', 'b', '`', '${d}', '`', "' '", ''])
  })

  it('does not run past the end of an open literal', () => {
    for (const text of ["'a", '`a${', '/* a', '// a', '= /a', "'a\\"])
      expect(blankText(text).length).toBe(text.length)
  })
})

describe('blankComments', () => {
  it('keeps literals, also those that look like comments', () => {
    expect(blankComments("a = 'x // y' // z\n").trim()).toBe("a = 'x // y'")
  })
})
