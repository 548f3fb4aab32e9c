/** A real browser for the run page: Debian's chromium, driven by playwright-core, with a profile of its own. */

import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { BrowserContext, Page } from 'playwright-core'
import { chromium } from 'playwright-core'

const CHROMIUM = '/usr/bin/chromium'

/** False, said aloud, where this machine has no chromium. */
export function hasChromium(): boolean {
  if (existsSync(CHROMIUM)) return true
  console.warn(
    `SKIPPED: ${CHROMIUM} is not installed, so nobody looks at the page (apt-get install chromium)`,
  )
  return false
}

export interface View {
  readonly colorScheme?: 'light' | 'dark'
  readonly width?: number
}

/** A page that was opened, with everything that it said and asked for. */
export interface OpenPage {
  readonly page: Page
  /** Console messages of any level and uncaught errors. */
  readonly complaints: readonly string[]
  /** URLs asked for, without that of the page itself. */
  readonly requests: readonly string[]
}

export class Browser {
  #profile: string | null = null
  #context: BrowserContext | null = null

  /** Opens the HTML as a file; the browser is offline. */
  async open(html: string, view: View = {}): Promise<OpenPage> {
    this.#profile ??= mkdtempSync(join(tmpdir(), 'hindcast-chromium-'))
    this.#context ??= await this.#launch(join(this.#profile, 'profile'))
    const file = join(this.#profile, 'page.html')
    writeFileSync(file, html)
    const page = await this.#context.newPage()
    await page.setViewportSize({ width: view.width ?? 1280, height: 900 })
    await page.emulateMedia({ colorScheme: view.colorScheme ?? 'light' })
    const complaints: string[] = []
    const requests: string[] = []
    const url = pathToFileURL(file).href
    page.on('console', message => complaints.push(message.text()))
    page.on('pageerror', error => complaints.push(String(error)))
    page.on('request', request => {
      if (request.url() !== url) requests.push(request.url())
    })
    await page.goto(url)
    return { page, complaints, requests }
  }

  async close(): Promise<void> {
    await this.#context?.close()
    if (this.#profile !== null) rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 })
  }

  #launch(profile: string): Promise<BrowserContext> {
    const quiet = [
      'no-first-run',
      'disable-background-networking',
      'disable-component-update',
      'disable-sync',
    ]
    return chromium.launchPersistentContext(profile, {
      executablePath: CHROMIUM,
      headless: true,
      offline: true,
      args: ['--no-sandbox', '--disable-gpu', ...quiet.map(flag => `--${flag}`)],
    })
  }
}

/**
 * Reads pixels through a copy: a canvas that is read again and again makes the browser complain about it.
 * Defines `pixelsOf(canvas)`: red, green, blue, alpha of every pixel.
 */
const PIXELS = `const pixelsOf = canvas => {
  const copy = new OffscreenCanvas(canvas.width, canvas.height).getContext('2d', { willReadFrequently: true })
  copy.drawImage(canvas, 0, 0)
  return copy.getImageData(0, 0, canvas.width, canvas.height).data
}`

/** Pixels of each plot's canvas that are not background, by the id of its box. Empty canvas: 0. */
export function paintedPixels(page: Page): Promise<Record<string, number>> {
  return page.evaluate(`(() => { ${PIXELS}
    return Object.fromEntries([...document.querySelectorAll('.plot canvas')].map(canvas =>
      [canvas.closest('.plot').id, pixelsOf(canvas).filter((value, i) => i % 4 === 3 && value !== 0).length]))
  })()`)
}

/** Pixels of a plot in exactly this colour. */
export function paintedWith(
  page: Page,
  plot: string,
  rgb: readonly [number, number, number],
): Promise<number> {
  return page.evaluate(`(() => { ${PIXELS}
    const data = pixelsOf(document.querySelector('#${plot} canvas'))
    let same = 0
    for (let i = 0; i < data.length; i += 4)
      if (data[i] === ${rgb[0]} && data[i + 1] === ${rgb[1]} && data[i + 2] === ${rgb[2]} && data[i + 3] === 255) same++
    return same
  })()`)
}

/** Cells of the table with this caption, row by row, the head first. The legends that uPlot draws have none. */
export function tableCells(page: Page, caption: string): Promise<string[][]> {
  return page.evaluate(`[...document.querySelectorAll('table')]
    .filter(table => table.caption?.textContent === ${JSON.stringify(caption)})
    .flatMap(table => [...table.rows].map(row => [...row.cells].map(cell => cell.textContent.trim())))`)
}
