/** The page of `parquet inspect --html` in a real browser: it is quiet, asks for nothing, and its bars lie where they should. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bytesSource, describeFile, readParquetFile } from '../../../src/parquet/index.ts'
import { parquetPage } from '../../../src/run/index.ts'
import { exampleBatch, SCHEMA, writtenFile } from '../../unit/parquet/inspect/forged-file.ts'
import { Browser, hasChromium, tableCells } from './browser.ts'

describe.skipIf(!hasChromium())('parquet inspect --html in chromium', () => {
  const browser = new Browser()
  let html = ''

  beforeAll(async () => {
    const batches = [exampleBatch(100), exampleBatch(100, 50), exampleBatch(51, 150)]
    const bytes = await writtenFile(SCHEMA, batches, { rowGroupRows: 50 })
    html = parquetPage(describeFile(await readParquetFile(bytesSource(bytes, 'data/a.parquet'))))
  })

  afterAll(() => browser.close())

  it('draws the row groups over time, and says and asks nothing', async () => {
    const { page, complaints, requests } = await browser.open(html)
    const bars = await page.locator('.range-bar').evaluateAll(outer =>
      outer.map(bar => {
        const whole = bar.getBoundingClientRect()
        const part = bar.children[0]!.getBoundingClientRect()
        return [(part.left - whole.left) / whole.width, (part.right - whole.left) / whole.width]
      }),
    )
    expect(bars.map(ends => ends.map(end => Math.round(200 * end)))).toEqual([
      [0, 99],
      [50, 149],
      [150, 200],
    ])
    expect(complaints).toEqual([])
    expect(requests).toEqual([])
    await page.close()
  })

  it('has the numbers in tables', async () => {
    const { page } = await browser.open(html, { colorScheme: 'dark', width: 500 })
    const groups = await tableCells(page, 'Time range by row group')
    expect(groups[2]).toEqual(['1', '', '2023-11-14 22:14:10Z', '2023-11-14 22:15:49Z', '100'])
    const columns = await tableCells(page, 'Columns by size')
    expect(columns.map(([name]) => name)).toEqual(['Column', 'at', 'n', 's'])
    expect(await page.title()).toBe('a.parquet · Parquet file')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(500)
    await page.close()
  })
})
