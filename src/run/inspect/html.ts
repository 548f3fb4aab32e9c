/**
 * HTML that cannot be injected into: the `html` tag escapes every value except other `Html`. What ends up on
 * the page (job and column names, reasons, paths) comes from users and from bad data.
 */

/** Markup that is safe to use as it is. */
export class Html {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

export type HtmlValue = string | number | Html | readonly Html[]

export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let text = parts[0]!
  for (const [index, value] of values.entries()) text += markup(value) + parts[index + 1]!
  return new Html(text)
}

/** A script or a block of data. (A tagged template may not hold its end: bundlers escape that.) */
export function script(attributes: string, content: Html): Html {
  return new Html(`<script ${attributes}>${content.text}</script>`)
}

/** Data for a `<script type="application/json">` block: no `<` can end the block early. */
export function jsonBlock(value: unknown): Html {
  return new Html(JSON.stringify(value).replaceAll('<', '\\u003c'))
}

function markup(value: HtmlValue): string {
  if (value instanceof Html) return value.text
  if (Array.isArray(value)) return value.map(item => item.text).join('')
  return escapeText(String(value))
}

function escapeText(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}
