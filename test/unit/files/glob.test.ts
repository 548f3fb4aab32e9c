import { describe, expect, it } from 'vitest'
import { expandBraces, isGlob, isHidden, parseGlob } from '../../../src/files/glob.ts'

function matches(pattern: string, name: string): boolean {
  const [segments] = parseGlob(`/${pattern}`)
  const segment = segments![0]!
  return segment.kind === 'literal'
    ? segment.name === name
    : segment.kind === 'match' && segment.matches(name)
}

describe('glob segments', () => {
  it.each([
    ['*.parquet', 'a.parquet', true],
    ['*.parquet', 'a.parquet.tmp', false],
    ['*', 'ünï', true],
    ['?.csv', '😀.csv', true],
    ['?.csv', 'ab.csv', false],
    ['part-[0-9][0-9].csv', 'part-07.csv', true],
    ['part-[!0-9].csv', 'part-7.csv', false],
    ['part-[^0-9].csv', 'part-x.csv', true],
    ['[]].csv', '].csv', true],
    ['a[b.csv', 'a[b.csv', true],
    ['a+(b)*.csv', 'a+(b)1.csv', true],
    ['a\\*b', 'a*b', true],
    ['a\\*b', 'axb', false],
    ['dt=2024-*', 'dt=2024-01-01', true],
    ['.*', '.hidden', true],
  ])('%s against %s is %s', (pattern, name, expected) => {
    expect(matches(pattern, name)).toBe(expected)
  })

  it('names a class that runs backwards', () => {
    expect(() => parseGlob('/data/[z-a].csv')).toThrow(expect.objectContaining({ code: 'job-invalid' }))
  })

  it('splits a pattern into what is literal, what matches and what goes deep', () => {
    const [segments] = parseGlob('/data/**/dt=*/x.csv')
    expect(segments!.map(segment => segment.kind)).toEqual(['literal', 'any-depth', 'match', 'literal'])
  })
})

describe('braces', () => {
  it.each([
    ['a{b,c}d', ['abd', 'acd']],
    ['{a,b}{1,2}', ['a1', 'a2', 'b1', 'b2']],
    ['{a,b{c,d}}', ['a', 'bc', 'bd']],
    ['{a}', ['{a}']],
    ['{a', ['{a']],
    ['a{,b}', ['a', 'ab']],
  ])('%s', (pattern, expected) => {
    expect(expandBraces(pattern)).toEqual(expected)
  })
})

it('tells globs from paths and hidden names from data', () => {
  expect(['/a/b.csv', '/a/*.csv', '/a/{b,c}', '/a/[b]', '/a/b?'].map(isGlob)).toEqual([
    false,
    true,
    true,
    true,
    true,
  ])
  expect(['_SUCCESS', '.crc', '_dt=1', 'dt=1', 'a_b'].map(isHidden)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ])
})
