/** CSV files, as any careful writer writes them, decode to the values they were written from. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Schema } from '../../src/core/batch/index.ts'
import { csvFormat, TextFileDecoder } from '../../src/history/text/index.ts'
import { pinned, rowsOfUnits } from '../corpus/oracle.ts'
import { withTempDirectory } from '../harness/index.ts'
import { cases } from './cases.ts'

const FIELDS: Schema = [
  { name: 'id', type: { name: 'int64' } },
  { name: 'name', type: { name: 'utf8' } },
  { name: 'ratio', type: { name: 'float64' } },
  { name: 'note', type: { name: 'utf8' } },
]
const FORM = { delimiter: ';', header: true, null: 'NA' }

const text = fc.string({
  unit: fc.constantFrom('a', ' ', ';', '"', '\n', '\r', 'é', '😀', 'NA'),
  maxLength: 8,
})
const row = fc.tuple(
  fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  fc.option(text),
  fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
  fc.option(text),
)

function quoted(value: string, force: boolean): string {
  return force || /[";\n\r]/.test(value) || value === 'NA' ? `"${value.replaceAll('"', '""')}"` : value
}

it('decodes what was written, and nothing else', async () => {
  await withTempDirectory(async directory => {
    const decoder = new TextFileDecoder({ format: csvFormat(FORM, FIELDS), declared: FIELDS })
    const path = join(directory, 'file.csv')
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 12 }),
        fc.boolean(),
        fc.constantFrom('\n', '\r\n'),
        async (rows, force, end) => {
          const lines = rows.map(values =>
            values.map(value => (value === null ? 'NA' : quoted(String(value), force))).join(';'),
          )
          writeFileSync(path, ['id;name;ratio;note', ...lines].join(end) + (rows.length % 2 === 0 ? end : ''))
          const description = await decoder.describe(path)
          const unit = description.units[0]!
          const decoded = await decoder.decode({
            file: pinned(path, description.units),
            unit,
            fields: FIELDS,
          })
          expect(decoded.bad).toEqual([])
          expect(rowsOfUnits([decoded])).toEqual(
            rows.map(values => values.map(value => (value === null ? null : String(value)))),
          )
        },
      ),
      cases(),
    )
    await decoder.close()
  })
})
