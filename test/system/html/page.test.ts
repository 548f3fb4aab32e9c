/** The run page in a real browser: it draws, it is quiet, it asks for nothing, it can be read. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inspectRunPage } from '../../../src/run/inspect/index.ts'
import { writeRunFixture } from '../../unit/run/inspect/run-fixture.ts'
import { Browser, hasChromium, paintedPixels, paintedWith, tableCells } from './browser.ts'

const PLOTS = ['plot-progress', 'plot-rate', 'plot-slices', 'plot-lateness']

describe.skipIf(!hasChromium())('inspect --html in chromium', () => {
  const browser = new Browser()
  let directory = ''
  let html = ''

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'hindcast-page-'))
    writeRunFixture(directory)
    html = await inspectRunPage(directory)
  })

  afterAll(async () => {
    await browser.close()
    rmSync(directory, { recursive: true, force: true })
  })

  it('draws every plot, says nothing on the console and asks the network for nothing', async () => {
    const { page, complaints, requests } = await browser.open(html)
    const painted = await paintedPixels(page)
    expect(Object.keys(painted).sort()).toEqual([...PLOTS].sort())
    for (const plot of PLOTS) expect(painted[plot], plot).toBeGreaterThan(2000)
    // Bars of history and live, and the line of rows per second, in their own colours.
    expect(await paintedWith(page, 'plot-slices', [0x2f, 0x6f, 0xde])).toBeGreaterThan(5000)
    expect(await paintedWith(page, 'plot-slices', [0x0f, 0x9d, 0x8a])).toBeGreaterThan(1000)
    expect(complaints).toEqual([])
    expect(requests).toEqual([])
    await page.close()
  })

  it('has the numbers in tables with captions and heads', async () => {
    const { page } = await browser.open(html)
    const seam = await tableCells(page, 'Hand-over by stream and partition')
    expect(seam).toHaveLength(5)
    expect(seam[0]).toContain('On both sides')
    expect(seam[1]).toEqual([
      ...[
        'flights',
        '0',
        '2001-05-31 23:59:00Z',
        '2001-06-01 00:00:00Z, offset 12',
        '12',
        '0',
        '0',
        'proven',
      ],
    ])
    expect((await tableCells(page, 'Samples by slice')).length).toBe(181)
    const [, airport] = await tableCells(page, 'Look-ups by feature and status')
    expect(airport?.[0]).toBe('airport')
    expect(airport?.[2]).toMatch(/^[\d,]+ 99\.\d %$/)
    expect(await tableCells(page, 'Watermark by partition')).toHaveLength(5)
    expect(await tableCells(page, 'Quarantine by reason')).toEqual([
      ['Reason', 'Rows'],
      ['time is null', '2'],
    ])
    const unnamed = await page.evaluate(
      `document.querySelectorAll('table:not(.u-legend, :has(caption)), thead th:not([scope=col]), [role=img]:not([aria-labelledby])').length`,
    )
    expect(unnamed).toBe(0)
    await page.close()
  })

  it('shows what is under the cursor', async () => {
    const { page } = await browser.open(html)
    const box = await page.locator('#plot-progress .u-over').boundingBox()
    await page.mouse.move(box!.x + box!.width / 2, box!.y + box!.height / 2)
    const tip = page.locator('#plot-progress .tip')
    await tip.waitFor({ state: 'visible' })
    expect(await tip.textContent()).toMatch(/^second 9\.\dpartition 0 {2}2001-06-03 \d\d:\d\dZ/)
    await page.close()
  })

  it.each(['light', 'dark'] as const)(
    'fits a narrow screen in %s and draws again in the other colours',
    async scheme => {
      const { page, complaints } = await browser.open(html, { colorScheme: scheme, width: 360 })
      const width = await page.evaluate('[document.documentElement.scrollWidth, innerWidth]')
      expect(width).toEqual([360, 360])
      const history = { light: [0x2f, 0x6f, 0xde], dark: [0x6e, 0xa3, 0xff] } as const
      const other = scheme === 'light' ? 'dark' : 'light'
      expect(await paintedWith(page, 'plot-slices', history[scheme])).toBeGreaterThan(500)
      await page.emulateMedia({ colorScheme: other })
      await expect.poll(() => paintedWith(page, 'plot-slices', history[other])).toBeGreaterThan(500)
      expect(complaints).toEqual([])
      await page.close()
    },
  )

  it('shows an unfinished run with what it has', async () => {
    const other = join(directory, 'unfinished')
    writeRunFixture(other, { unfinished: true })
    const { page, complaints } = await browser.open(await inspectRunPage(other))
    expect(await page.locator('h1').textContent()).toContain('unfinished')
    expect(await page.locator('[role=alert]').textContent()).toContain('middle of a line')
    expect(Object.keys(await paintedPixels(page))).toEqual(['plot-slices'])
    expect(complaints).toEqual([])
    await page.close()
  })

  it('would notice a page that does not draw, and one that asks the network', async () => {
    const broken = html.replace('id="plots">{', 'id="plots">{"oops')
    const { page, complaints } = await browser.open(broken)
    expect(complaints.join()).toContain('SyntaxError')
    expect(await paintedPixels(page)).toEqual({})
    await page.close()
    const asking = await browser.open('<img src="http://127.0.0.1:9/x.png">')
    expect(asking.requests).toEqual(['http://127.0.0.1:9/x.png'])
    await asking.page.close()
  })
})
