/**
 * Zod's issues → problems in our words. Where a value could have had several shapes, the issues of the shape
 * that it resembles most are told, not those of all.
 */

import type { z } from 'zod'
import { nearest } from './nearest.ts'
import { givenText, type JobPath, type JobPlace, type ProblemList } from './problem.ts'
import { jobJsonSchema } from './schema.ts'

type Issue = z.core.$ZodIssue

interface IssueContext {
  readonly list: ProblemList
  readonly place: JobPlace
  /** Paths that were told already: what lies at or below them is left out. */
  readonly skip: readonly JobPath[]
}

/** Adds a problem for each issue. */
export function addZodIssues(issues: readonly Issue[], { list, place, skip }: IssueContext): void {
  for (const issue of issues) {
    for (const leaf of leaves(issue, [])) {
      addLeaf(leaf.issue, leaf.path, { list, place, skip })
    }
  }
}

interface Leaf {
  readonly issue: Issue
  readonly path: JobPath
}

function leaves(issue: Issue, before: JobPath): Leaf[] {
  const path = [...before, ...(issue.path as JobPath)]
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [{ issue, path }]
  const branch = nearestBranch(issue.errors)
  return branch === null ? [{ issue, path }] : branch.flatMap(inner => leaves(inner, path))
}

/** The alternative that fits best; null where the value has none of the shapes at all. */
function nearestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | null {
  let best: readonly Issue[] | null = null
  let bestCost = Number.POSITIVE_INFINITY
  for (const issues of branches) {
    const wrongShape = issues.some(issue => issue.path.length === 0 && issue.code !== 'unrecognized_keys')
    const cost = wrongShape ? Number.POSITIVE_INFINITY : branchCost(issues)
    if (cost < bestCost) {
      best = issues
      bestCost = cost
    }
  }
  return best
}

function branchCost(issues: readonly Issue[]): number {
  let cost = 0
  for (const issue of issues) cost += issue.code === 'unrecognized_keys' ? 10 * issue.keys.length : 1
  return cost
}

function addLeaf(issue: Issue, path: JobPath, { list, place, skip }: IssueContext): void {
  const told = (at: JobPath): boolean => skip.some(start => startsWith(at, start))
  if (told(path)) return
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) {
      if (told([...path, key])) continue
      list.add(
        [...path, key],
        `unknown key; expected one of ${issue.message}`,
        keyAdvice(key, path, issue.message),
      )
    }
    return
  }
  if (issue.code === 'invalid_key') {
    list.add(
      path,
      `given the name ${givenText(path.at(-1))}, expected ${issue.issues[0]?.message ?? 'a name'}`,
    )
    return
  }
  const given = place.givenAt(path)
  if (given === undefined) {
    list.add(path, `missing; expected ${issue.message}`)
    return
  }
  list.add(path, `given ${givenText(given, path)}, expected ${issue.message}`, valueAdvice(issue, given))
}

function keyAdvice(key: string, path: JobPath, known: string): string {
  const meant = nearest(key, known.split(', '))
  if (meant !== null) return `Did you mean "${meant}"?`
  const places = placesOfKey(key)
  if (places.length === 0) return ''
  if (places.includes(placeText(path))) return `"${key}" is for another form of this part: use one form.`
  return `"${key}" belongs into ${places.slice(0, 3).join(' or ')}.`
}

function valueAdvice(issue: Issue, given: unknown): string {
  if (typeof given === 'string') {
    const meant = nearest(given, acceptedWords(issue))
    if (meant !== null) return `Did you mean "${meant}"?`
    if (issue.code === 'invalid_type' && /^-?\d+$/.test(given)) return 'Write the number without quotes.'
  }
  if (typeof given === 'number' && /with its unit/.test(issue.message)) return 'A number alone has no unit.'
  if (given === null) return 'Give it a value, or remove the line.'
  return ''
}

function acceptedWords(issue: Issue): string[] {
  if (issue.code === 'invalid_value') return issue.values.map(String)
  if (issue.code === 'invalid_union') {
    const options = 'options' in issue ? (issue.options ?? []) : []
    return [...options.map(String), ...issue.errors.flat().flatMap(acceptedWords)]
  }
  const list = /^one of (.+)$/.exec(issue.message)
  return list === null ? [] : list[1]!.split(', ')
}

/** Where in the job each key is known, such as `streams.<name>.live`; made when first needed. */
let placesByKey: Map<string, Set<string>> | null = null

function placesOfKey(key: string): string[] {
  if (placesByKey === null) {
    placesByKey = new Map()
    collectPlaces(jobJsonSchema(), '', placesByKey)
  }
  return [...(placesByKey.get(key) ?? [])]
}

/** A path in the form of `placesOfKey`: names that the user chose are `<name>`. */
function placeText(path: JobPath): string {
  if (path.length === 0) return TOP
  return path.map((step, i) => (i === 1 ? '<name>' : step)).join('.')
}

const TOP = 'the top of the job'

function collectPlaces(schema: unknown, path: string, places: Map<string, Set<string>>): void {
  if (typeof schema !== 'object' || schema === null) return
  const node = schema as Record<string, unknown>
  for (const branch of [node.anyOf, node.oneOf]) {
    if (Array.isArray(branch)) for (const inner of branch) collectPlaces(inner, path, places)
  }
  collectPlaces(node.additionalProperties, path === '' ? '<name>' : `${path}.<name>`, places)
  if (typeof node.properties !== 'object' || node.properties === null) return
  for (const [key, inner] of Object.entries(node.properties)) {
    const known = places.get(key) ?? new Set()
    places.set(key, known.add(path === '' ? TOP : path))
    collectPlaces(inner, path === '' ? key : `${path}.${key}`, places)
  }
}

function startsWith(path: JobPath, start: JobPath): boolean {
  return start.every((step, i) => path[i] === step)
}
