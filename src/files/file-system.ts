/**
 * The file system port: which files a job means, and whether they are still what the plan pinned (C8). The local
 * disk implements it today; remote ones will.
 */

/** What identifies the content of a file without reading it. */
export interface FileStat {
  /** Absolute path or URI. */
  readonly path: string
  readonly bytes: number
  readonly mtimeMs: number
  /** Inode or the file system's own id, as text. */
  readonly fileId: string
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
}
