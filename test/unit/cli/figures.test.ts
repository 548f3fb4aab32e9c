import { describe, expect, it } from 'vitest'
import {
  bytesText,
  clockText,
  compactText,
  countedText,
  countText,
  instantText,
  labelled,
  secondsText,
  shareText,
} from '../../../src/cli/figures.ts'

describe('figures', () => {
  it.each([
    [countText(1_234_567), '1,234,567'],
    [countedText(1, 'row'), '1 row'],
    [countedText(0, 'row'), '0 rows'],
    [compactText(950), '950'],
    [compactText(1_234_567), '1.23M'],
    [bytesText(0), '0 B'],
    [bytesText(1023), '1,023 B'],
    [bytesText(1024), '1 KiB'],
    [bytesText(13.5 * 2 ** 20), '13.5 MiB'],
    [bytesText(2 ** 60), '1,024 PiB'],
    [secondsText(0.44), '0.4 s'],
    [secondsText(200), '3 min 20 s'],
    [secondsText(7500), '2 h 5 min'],
    [clockText(42), '0:42'],
    [clockText(3725), '1:02:05'],
    [clockText(-1), '0:00'],
    [shareText(1, 2), '50 %'],
    [shareText(1, 1_000_000), '< 0.1 %'],
    [shareText(999_999, 1_000_000), '> 99.9 %'],
    [shareText(3, 3), '100 %'],
    [shareText(0, 0), '–'],
    [instantText(0), '1970-01-01T00:00:00Z'],
    [instantText(1), '1970-01-01T00:00:00.001Z'],
    [instantText(9e15), '9000000000000000 ms'],
  ])('%s is %s', (text, expected) => {
    expect(text).toBe(expected)
  })

  it('puts texts below one another', () => {
    const rows = [
      ['a', 'one\ntwo'],
      ['long', 'three'],
    ] as const
    expect(labelled(rows, '  ')).toBe('  a     one\n        two\n  long  three\n')
    expect(labelled([])).toBe('')
  })
})
