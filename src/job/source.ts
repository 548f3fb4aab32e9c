/**
 * Job text → plain values with line numbers. YAML 1.2 (core schema), of which JSON is a part.
 *
 * The conversion is our own, not the library's, for two reasons: every key keeps its line, and keys are the
 * text that stands there (`null:` and `1:` are the keys "null" and "1", `__proto__` is a key like any other).
 */

import type { Document, Node, Pair, YAMLError } from 'yaml'
import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument } from 'yaml'
import { HindcastError } from '../errors.ts'
import type { JobPath } from './problem.ts'

export interface JobText {
  readonly value: unknown
  readonly lineOf: (path: JobPath) => number | undefined
}

/** Values of one job, aliases expanded: more is not a job but an attack or an accident. */
const NODES_MAX = 100_000
const DEPTH_MAX = 64

/** Parses; all syntax errors are told together, as `job-unreadable` with their lines. */
export function parseJobText(text: string, uri: string): JobText {
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, schema: 'core', prettyErrors: false })
  const flaws = [...document.errors, ...document.warnings]
  if (flaws.length > 0) throw syntaxError(flaws, lines, { text, uri })
  if (document.contents === null) throw unreadable(`${uri} is empty`, uri, 1)
  const reader = new TreeReader(document, lines, uri)
  const value = reader.read(document.contents, [], 0)
  return { value, lineOf: path => reader.lineOf(path) }
}

/** The value at a path of plain data, own properties only; undefined where there is none. */
export function valueAt(root: unknown, path: JobPath): unknown {
  let value = root
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined
    value = (value as Record<string | number, unknown>)[step]
  }
  return value
}

/** Sets an own property whatever its name: `__proto__` must not reach the prototype. */
export function setOwn(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
}

class TreeReader {
  readonly #document: Document
  readonly #lines: LineCounter
  readonly #uri: string
  readonly #lineOfPath = new Map<string, number>()
  #nodes = 0

  constructor(document: Document, lines: LineCounter, uri: string) {
    this.#document = document
    this.#lines = lines
    this.#uri = uri
  }

  read(node: unknown, path: JobPath, depth: number): unknown {
    this.#nodes += 1
    if (this.#nodes > NODES_MAX || depth > DEPTH_MAX) {
      throw unreadable(
        `${this.#uri} has more than ${NODES_MAX} values or ${DEPTH_MAX} levels`,
        this.#uri,
        this.lineOf(path),
      )
    }
    this.#note(path, node)
    if (isAlias(node)) {
      const target = node.resolve(this.#document)
      if (target !== undefined) return this.read(target, path, depth + 1)
      throw unreadable(
        `${this.#uri} has the alias *${node.source} and no anchor &${node.source} before it`,
        this.#uri,
        this.lineOf(path),
      )
    }
    if (isMap(node)) return this.#readMap(node.items, path, depth)
    if (isSeq(node)) return node.items.map((item, i) => this.read(item, [...path, i], depth + 1))
    if (!isScalar(node)) return null // a key without a value
    return node.value
  }

  lineOf(path: JobPath): number | undefined {
    for (let length = path.length; length >= 0; length--) {
      const line = this.#lineOfPath.get(pathKey(path.slice(0, length)))
      if (line !== undefined) return line
    }
    return undefined
  }

  #readMap(items: readonly Pair[], path: JobPath, depth: number): object {
    const object = {}
    for (const pair of items) {
      const key = this.#keyText(pair.key, path)
      const inner = [...path, key]
      if (Object.hasOwn(object, key)) {
        throw unreadable(
          `${this.#uri} has the key ${JSON.stringify(key)} twice`,
          this.#uri,
          this.#lineOfNode(pair.key),
        )
      }
      this.#note(inner, pair.key)
      setOwn(object, key, this.read(pair.value, inner, depth + 1))
    }
    return object
  }

  #keyText(key: unknown, path: JobPath): string {
    if (isScalar(key)) return key.source ?? String(key.value ?? '')
    throw unreadable(`${this.#uri} has a key that is not plain text`, this.#uri, this.lineOf(path))
  }

  /** The first note of a path counts: a key's own line, not that of the block below it. */
  #note(path: JobPath, node: unknown): void {
    const line = this.#lineOfNode(node)
    const key = pathKey(path)
    if (line !== undefined && !this.#lineOfPath.has(key)) this.#lineOfPath.set(key, line)
  }

  #lineOfNode(node: unknown): number | undefined {
    const range = (node as Node | null)?.range
    return range ? this.#lines.linePos(range[0]).line : undefined
  }
}

function pathKey(path: JobPath): string {
  return path.join('\u0000')
}

/** One flaw a line: what follows on the same line is mostly a consequence. */
function syntaxError(
  flaws: readonly YAMLError[],
  lines: LineCounter,
  { text, uri }: { text: string; uri: string },
): HindcastError {
  const told = new Map<number, string>()
  for (const flaw of flaws) {
    const { line, col } = lines.linePos(flaw.pos[0])
    if (!told.has(line)) told.set(line, `line ${line}, column ${col}: ${flaw.message}`)
  }
  const first = lines.linePos(flaws[0]!.pos[0]).line
  // In `{ files: ${env:X}/a }` the braces of the reference belong to YAML.
  const reference = text.split('\n')[first - 1]?.includes('${') === true
  const message = `${uri} is not YAML or JSON: ${[...told.values()].slice(0, 10).join('; ')}`
  return unreadable(message, uri, first, reference ? `Put the value with \${…} into quotes.` : EXAMPLE)
}

const EXAMPLE = 'A job file is YAML or JSON; config/example-job.yaml is one that works.'

function unreadable(message: string, uri: string, line: number | undefined, advice = EXAMPLE): HindcastError {
  return new HindcastError('job-unreadable', message, {
    where: line === undefined ? { uri } : { uri, line },
    advice,
  })
}
