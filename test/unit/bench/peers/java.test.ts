/** Which Java is there. */
import { describe, expect, it } from 'vitest'
import { javaVersion } from '../../../../bench/peers/java.ts'

describe('javaVersion', () => {
  it.each([
    ['openjdk version "17.0.15" 2025-04-15', 17],
    ['java version "1.8.0_392"', 8],
    ['openjdk version "25" 2025-09-16 LTS', 25],
    ['no such thing', Number.NaN],
  ])('%s', (text, version) => {
    expect(javaVersion(text)).toBe(version)
  })
})
