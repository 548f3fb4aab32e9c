/** The entry of history/text: decoders of CSV and JSON lines. */
export type { CsvForm } from './csv-format.ts'
export { csvFormat } from './csv-format.ts'
export { jsonLinesFormat } from './json-lines-format.ts'
export type { TextDecoderOptions } from './text-decoder.ts'
export { TextFileDecoder } from './text-decoder.ts'
