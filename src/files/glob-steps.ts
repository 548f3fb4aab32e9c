/**
 * What of a pattern is still to match below a folder: the walk as a set of states, so that each folder is listed
 * once, whatever number of ways `**` leads into it. No I/O.
 *
 * A state is the index of the segment that the names of this folder are matched against; `EVERYTHING` stands for all
 * that is below a folder that a pattern matched.
 */

import type { GlobSegment } from './glob.ts'
import { isHidden } from './glob.ts'

/** State of a folder of which all files are wanted. */
export const EVERYTHING = -1

/** What is to be done with a name of a folder. */
export interface Step {
  /** The pattern ends here: a file is taken. */
  readonly take: boolean
  /** States below it, for a folder; empty: it is not entered. */
  readonly enter: readonly number[]
  /** The pattern names it as it is, so that it is entered even where a link has led back to a folder above. */
  readonly named: boolean
  /** A wildcard would have taken it, but for the rule on hidden names. */
  readonly hidden: boolean
}

/** States of the folder that a pattern starts from. */
export function startStates(segments: readonly GlobSegment[]): readonly number[] {
  return segments.length === 0 ? [] : withEmptyDepth(segments, 0)
}

/** True where each name that can match is known, so that the folder need not be listed. */
export function onlyLiterals(segments: readonly GlobSegment[], states: readonly number[]): boolean {
  return states.every(state => segments[state]?.kind === 'literal')
}

/** One name of a folder, a folder itself or not. */
export function stepInto(
  segments: readonly GlobSegment[],
  states: readonly number[],
  entry: { readonly name: string; readonly isFolder: boolean },
): Step {
  const { name, isFolder } = entry
  const hiddenName = isHidden(name)
  const enter = new Set<number>()
  let [take, named, hidden] = [false, false, false]
  for (const state of states) {
    const segment = segments[state]
    if (!mightMatch(segment, name)) continue
    if (hiddenName && !namesHidden(segment)) {
      hidden = true
      continue
    }
    if (!isFolder) take ||= state === EVERYTHING || (isLast(segments, state) && segment?.kind !== 'any-depth')
    else for (const next of statesBelow(segments, state)) enter.add(next)
    named ||= segment?.kind === 'literal' && !isLast(segments, state)
  }
  return { take, enter: [...enter], named, hidden: hidden && !take && enter.size === 0 }
}

function mightMatch(segment: GlobSegment | undefined, name: string): boolean {
  if (segment === undefined || segment.kind === 'any-depth') return true
  return segment.kind === 'literal' ? segment.name === name : segment.matches(name)
}

function namesHidden(segment: GlobSegment | undefined): boolean {
  return segment?.kind === 'literal' || (segment?.kind === 'match' && segment.hidden)
}

function statesBelow(segments: readonly GlobSegment[], state: number): readonly number[] {
  if (state === EVERYTHING) return [EVERYTHING]
  if (segments[state]!.kind === 'any-depth') return withEmptyDepth(segments, state)
  return isLast(segments, state) ? [EVERYTHING] : withEmptyDepth(segments, state + 1)
}

/** `**` stands for no folder too, so the segment after it counts as well; at the end it stands for everything. */
function withEmptyDepth(segments: readonly GlobSegment[], state: number): readonly number[] {
  const states: number[] = []
  let at = state
  for (; segments[at]!.kind === 'any-depth'; at++) {
    if (isLast(segments, at)) return [...states, EVERYTHING]
    states.push(at)
  }
  return [...states, at]
}

function isLast(segments: readonly GlobSegment[], state: number): boolean {
  return state === segments.length - 1
}
