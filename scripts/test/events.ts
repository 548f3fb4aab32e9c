/**
 * What the reporter inside vitest tells the runner outside: one JSON object a line, appended to a file and so
 * there even when the process dies in the middle. `done` is the last event of a run that ended by itself.
 */

export type TierEvent =
  | { readonly kind: 'opened' | 'closed'; readonly file: string }
  | { readonly kind: 'started'; readonly test: string }
  | {
      readonly kind: 'ended'
      readonly test: string
      readonly state: 'passed' | 'failed' | 'skipped'
      readonly note: string
    }
  | { readonly kind: 'broken'; readonly where: string; readonly message: string }
  | { readonly kind: 'done' }

/** Environment variable with the path of the events file; its presence means "run by the runner". */
export const EVENTS_VARIABLE = 'HINDCAST_TEST_EVENTS'

/** Reads an events file; a torn last line (the process died writing it) is left out. */
export function parseEvents(text: string): TierEvent[] {
  const lines = text.split('\n')
  lines.pop()
  return lines.map(line => JSON.parse(line) as TierEvent)
}
