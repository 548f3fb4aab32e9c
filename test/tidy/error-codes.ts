/**
 * Error codes: each is raised by the product, provoked by a test, and explained in the README.
 */
import { blankComments, blankText } from './blank.ts'
import type { SourceFile } from './source-file.ts'

/**
 * The ratchet: codes that no test provokes yet. Nothing is added here for a new code; whoever tests one of these
 * takes it out (the check asks for it).
 */
export const UNTESTED_CODES: readonly string[] = []

/** Codes of the catalogue that no file of the product raises. */
export function unraisedComplaints(codes: readonly string[], productFiles: readonly SourceFile[]): string[] {
  return codes
    .filter(code => !productFiles.some(file => raises(file, code)))
    .map(code => `error code ${code}: nothing raises it`)
}

/** The catalogue itself names every code, so there only a constructor call counts. */
function raises(file: SourceFile, code: string): boolean {
  if (file.path === 'src/errors.ts') return file.text.includes(`HindcastError('${code}'`)
  return file.text.includes(`'${code}'`) || (file.path.startsWith('bin/') && file.text.includes(code))
}

/** Codes that no test names, beyond the ratchet; and entries of the ratchet that are not needed. */
export function untestedComplaints(
  codes: readonly string[],
  testFiles: readonly SourceFile[],
  ratchet: readonly string[] = UNTESTED_CODES,
): string[] {
  const tested = (code: string): boolean => testFiles.some(file => namesInLiteral(file, code))
  return [
    ...codes
      .filter(code => !ratchet.includes(code) && !tested(code))
      .map(code => `error code ${code}: no test provokes it`),
    ...ratchet
      .filter(code => !codes.includes(code) || tested(code))
      .map(code => `error code ${code}: take it out of UNTESTED_CODES (test/tidy/error-codes.ts)`),
  ]
}

/** True where the code stands in a literal of the file, by itself or as a word (`/event-late/`). */
function namesInLiteral(file: SourceFile, code: string): boolean {
  if (!file.text.includes(code)) return false
  const [withLiterals, codeOnly] = [blankComments(file.text), blankText(file.text)]
  const word = new RegExp(`(?<![\\w-])${code}(?![\\w-])`, 'g')
  return [...withLiterals.matchAll(word)].some(
    match => codeOnly.slice(match.index, match.index + code.length).trim() === '',
  )
}

/** Codes without a row in the README's error table. */
export function undocumentedComplaints(codes: readonly string[], readme: string): string[] {
  return codes
    .filter(code => !new RegExp(`^\\|\\s*\`${code}\`\\s*\\|`, 'm').test(readme))
    .map(code => `error code ${code}: README.md has no row "| \`${code}\` | …" in its error table`)
}
