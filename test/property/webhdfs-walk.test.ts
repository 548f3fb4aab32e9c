/**
 * The walk over folders, which visits each once and several at a time, against a naive twin that matches every file
 * of the tree by itself.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type GlobSegment, isHidden, parseGlob } from '../../src/files/glob.ts'
import { type FolderTree, walkGlob, walkTree } from '../../src/files/walk.ts'
import { cases } from './cases.ts'

const NAMES = ['a', 'b', 'ab', '_x', '.y', 'k=1']
const path = fc.array(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 5 })
const SEGMENTS = [...NAMES, '*', '**', 'a*', '_*', '?', '[ab]', '{a,_x}']
const pattern = fc
  .array(fc.constantFrom(...SEGMENTS), { minLength: 1, maxLength: 5 })
  .map(parts => `/${parts.join('/')}`)

/** Paths of files; one that is also a folder of another is left out. */
const files = fc
  .uniqueArray(path, { maxLength: 12, selector: names => names.join('/') })
  .map(paths => paths.map(names => `/${names.join('/')}`))
  .map(paths => paths.filter(file => !paths.some(other => other.startsWith(`${file}/`))))

interface Listed {
  readonly tree: FolderTree<string>
  readonly listings: string[]
  atOnce: number
}

/** A tree in memory that yields pages of two names and counts how it is used. */
function treeOf(paths: readonly string[]): Listed {
  const listings: string[] = []
  let open = 0
  const entry = (folder: string, name: string) => {
    const isFile = paths.includes(`${folder}${name}`)
    return { name, kind: isFile ? 'file' : 'folder', stats: `stats of ${folder}${name}` } as const
  }
  const listed: Listed = {
    listings,
    atOnce: 0,
    tree: {
      foldersAtOnce: 3,
      async *entriesOf(folder) {
        listings.push(folder)
        open++
        listed.atOnce = Math.max(listed.atOnce, open)
        const prefix = folder.endsWith('/') ? folder : `${folder}/`
        const below = paths.filter(each => each.startsWith(prefix)).map(each => each.slice(prefix.length))
        const names = [...new Set(below.map(each => each.split('/')[0]!))]
        for (let i = 0; i < names.length; i += 2) {
          await Promise.resolve()
          yield names.slice(i, i + 2).map(name => entry(prefix, name))
        }
        open--
      },
      lookUp: async each => {
        if (!paths.some(file => file === each || file.startsWith(`${each}/`))) return null
        return { ...entry('', each), name: 'not this' }
      },
      idOf: async each => each,
      uriOf: each => each,
    },
  }
  return listed
}

/** Whether the segments match the names from here on; a match at the end of the pattern takes what is below. */
function matches(segments: readonly GlobSegment[], names: readonly string[]): boolean {
  const [segment, ...rest] = segments
  const [name, ...below] = names
  if (segment === undefined) return names.every(each => !isHidden(each))
  if (segment.kind === 'any-depth' && rest.length > 0 && matches(rest, names)) return true
  if (name === undefined) return false
  if (segment.kind === 'literal') return segment.name === name && matches(rest, below)
  if (segment.kind === 'match')
    return segment.matches(name) && (segment.hidden || !isHidden(name)) && matches(rest, below)
  if (isHidden(name)) return false
  return rest.length === 0 ? below.every(each => !isHidden(each)) : matches(segments, below)
}

it('a glob finds what the twin finds, and lists no folder twice', async () => {
  await fc.assert(
    fc.asyncProperty(files, pattern, async (paths, glob) => {
      const found = new Set<string>()
      for (const segments of parseGlob(glob)) {
        for (const file of paths) if (matches(segments, file.slice(1).split('/'))) found.add(file)
      }
      const listed = treeOf(paths)
      const walked = { files: new Map<string, string>(), hidden: new Set<string>() }
      await walkGlob(listed.tree, glob, walked)
      expect([...walked.files.keys()].sort()).toEqual([...found].sort())
      for (const [file, stats] of walked.files) expect(stats).toBe(`stats of ${file}`)
      for (const hidden of walked.hidden) expect(isHidden(hidden.split('/').at(-1)!)).toBe(true)
      if (parseGlob(glob).length === 1) expect(listed.listings).toHaveLength(new Set(listed.listings).size)
      expect(listed.atOnce).toBeLessThanOrEqual(3)
    }),
    cases(),
  )
})

it('a tree is all that is not hidden, and what is hidden is counted once where it begins', async () => {
  await fc.assert(
    fc.asyncProperty(files, async paths => {
      const walked = { files: new Map<string, string>(), hidden: new Set<string>() }
      await walkTree(treeOf(paths).tree, '/', walked)
      const visible = paths.filter(file => !file.split('/').some(name => isHidden(name)))
      expect([...walked.files.keys()].sort()).toEqual(visible.sort())
      const begins = paths.flatMap(file => {
        const names = file.split('/')
        const at = names.findIndex(name => isHidden(name))
        return at < 0 ? [] : [names.slice(0, at + 1).join('/')]
      })
      expect([...walked.hidden].sort()).toEqual([...new Set(begins)].sort())
    }),
    cases(),
  )
})
