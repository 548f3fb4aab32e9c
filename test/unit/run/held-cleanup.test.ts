import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { encodeSnapshot as encodeFeed, PartitionMerge } from '../../../src/core/watermark/index.ts'
import { heldDirectory } from '../../../src/lanes/index.ts'
import { encodeSnapshot } from '../../../src/lanes/snapshot.ts'
import { removeHeldBefore, removeUnnamed, takeHeldOver } from '../../../src/run/held-cleanup.ts'
import { makeTempDirectory, removeTempDirectory } from '../../harness/index.ts'
import { HeldMemory } from '../../property/held-memory.ts'
import { offerOf } from '../../property/merge-scenario.ts'

let directory: string
beforeEach(() => {
  directory = makeTempDirectory()
})
afterEach(() => removeTempDirectory(directory))

function put(run: string, ...names: string[]): void {
  mkdirSync(heldDirectory(join(directory, run)), { recursive: true })
  for (const name of names) writeFileSync(join(heldDirectory(join(directory, run)), name), name)
}
const filesOf = (run: string): string[] => readdirSync(heldDirectory(join(directory, run))).toSorted()

/** A snapshot that names so many files: `file-0`, `file-1`, … */
function naming(files: number, nameOf = (file: number): string => `file-${file}`): Uint8Array {
  const live = { offsetStart: 0, disorder: 100, late: 'side', maxFuture: 0 } as const
  const spec = { stream: 0, name: 's', history: false, live, seam: null } as const
  const merge = new PartitionMerge({ partition: 0, sources: [spec], store: new HeldMemory(0) })
  for (let offset = 0; offset < files; offset++) {
    const row = { id: offset, time: offset, sub: 0, offset, who: 'a', timestamp: offset }
    merge.offerLive(0, offerOf(0, [row], offset + 1))
    merge.advance(0)
  }
  const state = merge.snapshot()
  const sources = state.sources.map(source => ({
    ...source,
    spilled: source.spilled.map((form, i) => ({ ...form, file: nameOf(i) })),
  }))
  return encodeSnapshot({
    offsetNext: 0,
    feed: encodeFeed({ ...state, sources }),
    epochs: [],
    counts: [],
    stages: [],
  })
}

describe('files of held events', () => {
  it('stay where a snapshot names them, and the folder goes with the last', () => {
    put('a', 'file-0', 'file-1', 'file-2')
    removeUnnamed(join(directory, 'a'), [null, naming(2), new Uint8Array(0)])
    expect(filesOf('a')).toEqual(['file-0', 'file-1'])
    removeUnnamed(join(directory, 'a'), [])
    expect(existsSync(heldDirectory(join(directory, 'a')))).toBe(false)
    removeUnnamed(join(directory, 'a'), [null])
  })

  it('go when everything of them is earlier than a time', () => {
    put('a', '0.0.99', '0.1.100', '12.0.-5', '0.2.101', 'note')
    removeHeldBefore(join(directory, 'a'), 100, [])
    expect(filesOf('a')).toEqual(['0.1.100', '0.2.101', 'note'])
    removeHeldBefore(join(directory, 'b'), 100, [])
  })

  it('do not go where the snapshot of a partition that has finished names them', () => {
    const names = ['0.0.0', '0.0.1', '0.0.2']
    put('a', ...names)
    removeHeldBefore(join(directory, 'a'), 100, [naming(2, offset => `0.0.${offset}`), new Uint8Array(0)])
    expect(filesOf('a')).toEqual(names.slice(0, 2))
  })

  it('are taken over where they are named, once', () => {
    put('a', 'file-0', 'file-1', 'file-2')
    for (let time = 0; time < 2; time++)
      takeHeldOver(join(directory, 'a'), join(directory, 'b'), [naming(2), null])
    expect(filesOf('b')).toEqual(['file-0', 'file-1'])
    removeUnnamed(join(directory, 'b'), [])
    expect(filesOf('a')).toEqual(['file-0', 'file-1', 'file-2'])
  })
})
