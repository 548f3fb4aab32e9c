/** The entry of demo/: the main job on real data, step by step. */
export type { DemoCheck } from './check.ts'
export { isClean } from './check.ts'
export type { DemoPaths } from './flights.ts'
export { CALENDAR, FLIGHTS } from './flights.ts'
export type { DemoData } from './make-data.ts'
export { type DemoOptions, type DemoStep, runDemo } from './run-demo.ts'
