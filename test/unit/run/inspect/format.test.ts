/** Numbers and times as people read them. */

import { describe, expect, it } from 'vitest'
import * as format from '../../../../src/run/inspect/format.ts'

describe('numbers and times for people', () => {
  it.each([
    [format.countText(1234567), '1,234,567'],
    [format.countedText(1, 'row'), '1 row'],
    [format.countedText(2000, 'row'), '2,000 rows'],
    [format.shareText(0, 0), '–'],
    [format.shareText(0, 10), '0 %'],
    [format.shareText(10, 10), '100 %'],
    [format.shareText(1, 1_000_000), '< 0.1 %'],
    [format.shareText(999_999, 1_000_000), '> 99.9 %'],
    [format.shareText(1, 8), '12.5 %'],
    [format.bytesText(640), '640 B'],
    [format.bytesText(13_107_200), '12.5 MiB'],
    [format.secondsText(12.54), '12.5 s'],
    [format.secondsText(59.99), '60 s'],
    [format.secondsText(200), '3 min 20 s'],
    [format.secondsText(7500), '2 h 05 min'],
    [format.spanText(0), '0 ms'],
    [format.spanText(300_000), '5 min'],
    [format.spanText(5_400_000), '1.5 h'],
    [format.spanText(151 * 86_400_000), '151 d'],
    [format.timeText(null), '–'],
    [format.timeText(Date.UTC(2001, 5, 1, 7, 30)), '2001-06-01 07:30:00Z'],
    [format.timeText(Date.UTC(2001, 5, 1) + 5), '2001-06-01 00:00:00.005Z'],
    [format.sliceText(Date.UTC(2001, 5, 1)), '2001-06-01'],
    [format.sliceText(Date.UTC(2001, 5, 1, 6)), '2001-06-01 06:00:00Z'],
    [format.rateText(1000, 0), '–'],
    [format.rateText(1000, 0.5), '2,000 rows/s'],
  ])('%s', (actual, expected) => {
    expect(actual).toBe(expected)
  })
})
