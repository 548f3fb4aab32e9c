/**
 * The direction of imports in src/: folders stand in layers, imports point to a later layer only, a folder is
 * entered through its index.ts, and core/ is pure.
 */
import { blankText } from './blank.ts'
import { cyclesOf, type Import, importsOf } from './import-graph.ts'
import { placeOf, type SourceFile } from './source-file.ts'

/**
 * Outermost first. Folders of one layer do not import one another, except for a port's type. `index` is
 * src/index.ts; `errors` and `limits` are files.
 */
export const LAYERS: readonly (readonly string[])[] = [
  ['cli'],
  ['index'],
  ['demo'],
  ['run'],
  ['history', 'live', 'features', 'sinks', 'lanes'],
  ['plan', 'files', 'parquet', 'hbase'],
  ['job'],
  ['core'],
  ['errors', 'limits'],
]

export function directionComplaints(files: readonly SourceFile[]): string[] {
  const edges = files.flatMap(importsOf)
  const cycles = cyclesOf(files).map(cycle => `import cycle: ${cycle}`)
  const unplaced = files
    .filter(file => layerOf(file.path) === -1)
    .map(file => `${file.path}: its folder has no place in LAYERS (test/tidy/direction.ts)`)
  return [...edges.flatMap(edgeComplaints), ...cycles, ...unplaced]
}

function edgeComplaints(edge: Import): string[] {
  const { from, target } = edge
  if (target === null || !target.startsWith('src/')) return []
  const place = placeOf(from, edge.at)
  const complaints: string[] = []
  if (folderOf(from.path) !== folderOf(target)) {
    const [fromLayer, toLayer] = [layerOf(from.path), layerOf(target)]
    if (toLayer !== -1 && fromLayer > toLayer)
      complaints.push(`${place}: imports ${target}, against the direction`)
    if (fromLayer === toLayer && !edge.isTypeOnly)
      complaints.push(`${place}: imports ${target} of its own layer (only a port's type may be)`)
  }
  if (unitOf(from.path) !== unitOf(target) && target !== entryOf(target))
    complaints.push(`${place}: imports ${target}, past the entry ${entryOf(target)}`)
  return complaints
}

function layerOf(path: string): number {
  return LAYERS.findIndex(layer => layer.includes(folderOf(path)))
}

/** `src/core/batch/column.ts` → `core`; `src/errors.ts` → `errors`. */
function folderOf(path: string): string {
  return (path.split('/')[1] ?? '').replace(/\.\w+$/, '')
}

/** What has one entry: a folder of src, but in core each of its folders. */
function unitOf(path: string): string {
  const parts = path.split('/')
  return parts[1] === 'core' ? parts.slice(0, 3).join('/') : parts.slice(0, 2).join('/')
}

function entryOf(path: string): string {
  const unit = unitOf(path)
  return unit.endsWith('.ts') ? unit : `${unit}/index.ts`
}

/** What core/ must not use, by name: I/O, clock, chance, asynchrony. */
const IMPURE =
  /\b(process\.|Buffer\b|performance\b|Date\.now\b|new Date\(\)|Math\.random\b|crypto\b|console\.|setTimeout\b|setInterval\b|setImmediate\b|queueMicrotask\b|fetch\(|async\b|await\b|Promise\b|globalThis\b)/g

export function purityComplaints(coreFiles: readonly SourceFile[]): string[] {
  return coreFiles.flatMap(file => {
    const foreign = importsOf(file)
      .filter(edge => edge.target === null)
      .map(edge => `${placeOf(file, edge.at)}: core/ imports ${edge.specifier}`)
    const impure = [...blankText(file.text).matchAll(IMPURE)].map(
      match => `${placeOf(file, match.index)}: core/ uses ${match[0]}`,
    )
    return [...foreign, ...impure]
  })
}
