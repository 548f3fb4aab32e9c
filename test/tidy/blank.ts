/**
 * Blanks comments, and the contents of strings, templates and regular expressions, of TypeScript text. Same length
 * as before, and line ends stay, so that positions in the result are positions in the text.
 *
 * Whether `/` divides or starts a regular expression is told from what stands before it, which is enough for code
 * that the formatter has laid out.
 */

/** After these a `/` starts a regular expression. */
const BEFORE_REGEX =
  /(^|[(,=:[!&|?{};+\-*%<>~^]|\b(return|typeof|case|in|of|do|else|throw|void|delete|await|yield))\s*$/

/** Text with comments and literals blanked: code only. */
export function blankText(text: string): string {
  return new Blanker(text, true).run()
}

/** Text with comments blanked: code and literals. */
export function blankComments(text: string): string {
  return new Blanker(text, false).run()
}

class Blanker {
  readonly #text: string
  readonly #out: string[]
  readonly #blanksLiterals: boolean
  #at = 0

  constructor(text: string, blanksLiterals: boolean) {
    this.#text = text
    this.#blanksLiterals = blanksLiterals
    this.#out = [...Array(text.length).keys()].map(index => text.charAt(index))
  }

  run(): string {
    this.#code('')
    return this.#out.join('')
  }

  /** Reads code up to the brace that closes it (`}` for a template's hole, nothing for the file). */
  #code(closer: '' | '}'): void {
    let depth = 0
    while (this.#at < this.#text.length) {
      const char = this.#text.charAt(this.#at)
      const pair = this.#text.slice(this.#at, this.#at + 2)
      if (pair === '//') this.#blankUntil(this.#find('\n'))
      else if (pair === '/*') this.#blankUntil(this.#find('*/') + 2)
      else if (char === "'" || char === '"') this.#quoted(char)
      else if (char === '`') this.#template()
      else if (
        char === '/' &&
        BEFORE_REGEX.test(this.#out.slice(Math.max(0, this.#at - 40), this.#at).join(''))
      )
        this.#regex()
      else {
        if (char === '{') depth++
        if (char === '}' && closer === '}' && depth-- === 0) return
        this.#at++
      }
    }
  }

  #quoted(quote: string): void {
    this.#at++
    while (this.#at < this.#text.length && this.#text.charAt(this.#at) !== quote) this.#literalOne()
    this.#at++
  }

  #template(): void {
    this.#at++
    while (this.#at < this.#text.length && this.#text.charAt(this.#at) !== '`') {
      if (this.#text.startsWith('${', this.#at)) {
        this.#at += 2
        this.#code('}')
        this.#at++
      } else this.#literalOne()
    }
    this.#at++
  }

  #regex(): void {
    this.#at++
    let inClass = false
    while (this.#at < this.#text.length && this.#text.charAt(this.#at) !== '\n') {
      const char = this.#text.charAt(this.#at)
      if (char === '/' && !inClass) break
      if (char === '[') inClass = true
      if (char === ']') inClass = false
      this.#literalOne()
    }
    this.#at++
  }

  /** Passes one character of a literal, or an escape of two. */
  #literalOne(): void {
    const end = this.#at + (this.#text.charAt(this.#at) === '\\' ? 2 : 1)
    if (this.#blanksLiterals) this.#blankUntil(end)
    else this.#at = end
  }

  #blankUntil(end: number): void {
    for (; this.#at < Math.min(end, this.#text.length); this.#at++) {
      if (this.#text.charAt(this.#at) !== '\n') this.#out[this.#at] = ' '
    }
  }

  #find(what: string): number {
    const found = this.#text.indexOf(what, this.#at)
    return found === -1 ? this.#text.length : found
  }
}
