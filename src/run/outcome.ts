/**
 * What a run, a verification and an inspection hand back: plain data, printed in words by the command line
 * and as the last stdout line with `--json`.
 */

/** How far a run is; given to `onProgress` a few times a second. */
export interface RunProgress {
  /** Rows emitted so far, over all partitions. */
  readonly rows: number
  /** Rows that history will emit as the plan knows; live rows come on top. */
  readonly rowsTotal: number
  /** Smallest merged watermark of the partitions, ms since the epoch; null before the first event. */
  readonly watermarkMs: number | null
  readonly rowsPerSecond: number
  /** Estimated; null where nothing can be said (live that never stops, first second). */
  readonly secondsLeft: number | null
  readonly phase: 'history' | 'live' | 'sealing'
}

/** Lookups of one feature by how they ended (C4); their sum is the number of samples. */
export interface FeatureCounts {
  readonly hit: number
  readonly absent: number
  readonly expired: number
  readonly unavailable: number
}

/** The hand-over over all partitions (C3); `certificate.json` has it a partition. */
export interface SeamOutcome {
  readonly proven: boolean
  readonly by: 'time' | 'offset'
  /** Events that live has and history has too: counted, not emitted again. */
  readonly doubled: number
  /** Offsets, or events before the seam, that one side lacks and nothing explains. */
  readonly gaps: number
  /** Why it is not proven, naming the first partition; null when it is. */
  readonly reason: string | null
  /** Not proven yet: the run stopped before live had passed the seam, and one that goes on from it decides (C10). */
  readonly pending: boolean
}

/** The result of a run: page 1 §4, the last stdout line of `hindcast run --json`. */
export interface RunOutcome {
  /** `interrupted`: asked to stop, and did after a clean checkpoint; the same command goes on from there. */
  readonly state: 'complete' | 'interrupted'
  readonly rows: number
  readonly partitions: number
  /** Over the digests of all (partition, slice), hex (C7). */
  readonly digest: string
  /** Null where no stream has a seam. */
  readonly seam: SeamOutcome | null
  readonly features: Readonly<Record<string, FeatureCounts>>
  /** Rows in `late/`, or emitted with `_late: true`. */
  readonly late: number
  readonly quarantined: number
  readonly seconds: number
}

/** The first place where two runs, or a run and its manifest, differ. */
export interface VerifyDifference {
  readonly partition: number
  /** Start of the slice, ISO 8601. */
  readonly slice: string
  /** Row in the slice from 0; null where the whole slice is missing or unreadable. */
  readonly row: number | null
  /** In words: what is there and what should be. */
  readonly text: string
}

/** The result of `verify` (C7). */
export interface VerifyOutcome {
  readonly equal: boolean
  readonly rows: number
  readonly slices: number
  /** Recomputed from the output, hex. */
  readonly digest: string
  readonly difference: VerifyDifference | null
}

/** One sealed slice as the manifest has it. */
export interface SliceInspection {
  readonly partition: number
  readonly startMs: number
  readonly endMs: number
  readonly rows: number
  readonly bytes: number
  readonly digest: string
}

/** The certificate of one partition of one stream (C3). */
export interface SeamInspection {
  readonly stream: string
  readonly partition: number
  readonly by: 'time' | 'offset'
  /** Last position of history and first of live, in words (an offset, or an event time). */
  readonly historyLast: string
  readonly liveFirst: string
  readonly holesExplained: number
  readonly gaps: number
  readonly doubled: number
  readonly proven: boolean
  readonly reason: string | null
}

/** A run directory, read without touching it. */
export interface RunInspection {
  readonly directory: string
  readonly job: string
  readonly planHash: string
  /** `running`: a process has the directory; `unfinished`: none has, and the run was killed or ended by an error. */
  readonly state: 'complete' | 'interrupted' | 'running' | 'unfinished'
  /** The process that is running it; null where none is. */
  readonly runningPid: number | null
  readonly rows: number
  readonly partitions: number
  readonly digest: string
  readonly seconds: number | null
  readonly slices: readonly SliceInspection[]
  /** One entry a partition; null where nothing was emitted yet. */
  readonly watermarksMs: readonly (number | null)[]
  readonly seams: readonly SeamInspection[]
  readonly features: Readonly<Record<string, FeatureCounts>>
  readonly late: { readonly rows: number; readonly reasons: Readonly<Record<string, number>> }
  readonly quarantined: { readonly rows: number; readonly reasons: Readonly<Record<string, number>> }
  /**
   * Live events by how far behind the newest event time of their partition they came: `untilMs` is the upper end
   * of the bucket; null is open. Empty until the run has ended.
   */
  readonly lateness: readonly { readonly untilMs: number | null; readonly rows: number }[]
  /** Slices of history in the plan; live adds to them as time goes on. */
  readonly slicesPlanned: number
  /** What is not as it should be, in words: a sealed file that is gone, a torn last line. */
  readonly problems: readonly string[]
}
