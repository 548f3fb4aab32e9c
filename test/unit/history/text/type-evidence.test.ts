import { describe, expect, it } from 'vitest'
import { typeText } from '../../../../src/core/batch/index.ts'
import { TypeEvidence } from '../../../../src/history/text/type-evidence.ts'

function typeOf(add: (evidence: TypeEvidence) => void): string {
  const evidence = new TypeEvidence()
  add(evidence)
  const type = evidence.decide()
  return typeof type === 'string' ? type : typeText(type)
}

describe('TypeEvidence', () => {
  it.each([
    [['1', '-2', '+3', '0'], 'int64'],
    [['1', null, ''], 'int64'],
    [['9223372036854775808'], 'mixed'],
    [['1', '1.5'], 'float64'],
    [['9007199254740993', '0.5'], 'mixed'],
    [['.5', '5.', '1e9', '-1.5E-3'], 'float64'],
    [['.'], 'utf8'],
    [['007'], 'utf8'],
    [['true', 'False'], 'bool'],
    [['true', '1'], 'mixed'],
    [['2024-02-29', '2024-03-01'], 'date'],
    [['2023-02-29'], 'utf8'],
    [['2024-02-29', '2024-03-01 10:00'], 'timestamp[us]'],
    [['2024-03-01T10:00:00Z', '2024-03-01T10:00:00'], 'timestamp[us, UTC]'],
    [['2024-03-01T10:00:00.1234567'], 'timestamp[ns]'],
    [['2024-03-01', 'soon'], 'utf8'],
    [['1', 'x'], 'mixed'],
    [[null, ''], 'null'],
  ])('%j is %s', (values, expected) => {
    expect(
      typeOf(evidence =>
        values.forEach(value => {
          evidence.addText(value)
        }),
      ),
    ).toBe(expected)
  })

  it.each([
    [[1, 2.0], 'int64'],
    [[1, 0.5], 'float64'],
    [[2 ** 53 + 2], 'int64'],
    [[true], 'bool'],
    [['2024-01-01T00:00:00Z'], 'timestamp[us, UTC]'],
    [['1'], 'utf8'],
    [[{}], 'nested'],
    [[[1]], 'nested'],
    [[{}, 'x'], 'mixed'],
    [[1, 'x'], 'mixed'],
    [[null], 'null'],
  ])('JSON %j is %s', (values, expected) => {
    expect(
      typeOf(evidence =>
        values.forEach(value => {
          evidence.addJson(value)
        }),
      ),
    ).toBe(expected)
  })
})
