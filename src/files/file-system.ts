/**
 * The file system port: which files a job means, whether they are still what the plan pinned (C8), and their bytes.
 */

import type { ByteSource } from '../parquet/index.ts'

/** What identifies the content of a file without reading it. */
export interface FileStat {
  /** Absolute path or URI. */
  readonly path: string
  readonly bytes: number
  readonly mtimeMs: number
  /** Inode or the file system's own id, as text; empty where the file system has none. */
  readonly fileId: string
  /** What the file system computes over the content, where that was asked for. */
  readonly checksum?: string
}

export interface ListedFile extends FileStat {
  /** `key=value` folders of the path (see hive.ts). */
  readonly hive: Readonly<Record<string, string>>
}

export interface FileListing {
  /** In byte order of their paths, each once. */
  readonly files: readonly ListedFile[]
  /** What the usual rules left out, for the plan's notes. */
  readonly skipped: {
    /** Files and folders whose name starts with `_` or `.`; a folder counts once. */
    readonly hidden: number
    /** Files of zero bytes. */
    readonly empty: number
    /** Sockets, pipes and devices. */
    readonly special: number
  }
}

/** A file system that files can be written to. */
export interface WritableFileSystem extends FileSystem {
  /**
   * Writes a file whole or not at all. `chunks` gives its bytes from the beginning each time it is called: a write that
   * was cut is made again. Raises `file-exists` where there is one and `overwrite` is not set.
   */
  writeFile(
    path: string,
    chunks: () => AsyncIterable<Uint8Array>,
    options?: { readonly overwrite?: boolean },
  ): Promise<FileStat>
  /** False where there was nothing. */
  remove(path: string): Promise<boolean>
}

export interface FileSystem {
  /**
   * Files of paths, folders (with all that is below them) and globs. Raises `files-none` for a pattern that matches
   * no file, `file-unreadable` for a folder that cannot be read, `limit-passed` beyond `filesMax`.
   */
  list(patterns: readonly string[]): Promise<FileListing>
  /** Raises `file-unreadable` where there is no such file. */
  stat(path: string): Promise<FileStat>
  /** Raises `file-changed`, naming what changed. */
  checkUnchanged(pinned: FileStat): Promise<void>
  /**
   * The bytes of a pinned file, read where they are asked for. Raises `file-changed` where it is not the one that was
   * pinned, `file-unfinished` where someone is still writing to it.
   */
  open(pinned: FileStat): Promise<ByteSource>
}
