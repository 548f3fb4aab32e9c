/** Footers of the files that units are read from: units of many files take turns, and each needs its footer. */

import type { ParquetFile } from '../../parquet/index.ts'
import { readParquetFile } from '../../parquet/index.ts'
import type { OpenFile } from '../decoder.ts'

/** Column chunks that kept footers may describe: about a kilobyte each. */
const CHUNKS_MAX = 50_000

export class FooterCache {
  readonly #open: OpenFile
  /** In order of their last use. */
  readonly #files = new Map<string, { readonly file: Promise<ParquetFile>; chunks: number }>()
  #chunks = 0

  constructor(open: OpenFile) {
    this.#open = open
  }

  get(path: string): Promise<ParquetFile> {
    const known = this.#files.get(path)
    if (known !== undefined) {
      this.#files.delete(path)
      this.#files.set(path, known)
      return known.file
    }
    const entry = { file: this.#read(path), chunks: 0 }
    this.#files.set(path, entry)
    void entry.file.then(
      file => this.#count(entry, file),
      () => this.#files.delete(path),
    )
    return entry.file
  }

  async #read(path: string): Promise<ParquetFile> {
    const source = await this.#open(path)
    try {
      return await readParquetFile(source)
    } finally {
      await source.close()
    }
  }

  #count(entry: { chunks: number }, { metadata, leaves }: ParquetFile): void {
    entry.chunks = metadata.rowGroups.length * leaves.length
    this.#chunks += entry.chunks
    for (const [path, oldest] of this.#files) {
      if (this.#chunks <= CHUNKS_MAX || oldest === entry) return
      this.#files.delete(path)
      this.#chunks -= oldest.chunks
    }
  }
}
