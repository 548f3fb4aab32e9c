/** The harness of the tests, by name. */
export {
  type Child,
  childrenLeft,
  type Ended,
  endChildren,
  HINDCAST,
  lastJsonLine,
  runHindcast,
  type SpawnOptions,
  spawnCommand,
  spawnHindcast,
  spawnProgram,
} from './child.ts'
export { freePort } from './free-port.ts'
export { type KilledRun, type KillOptions, type KillPoint, killAt, runWithKills } from './kill-points.ts'
export { type Python, pythonWith } from './python.ts'
export {
  makeTempDirectory,
  readJsonFile,
  removeTempDirectory,
  tempDirectoriesLeft,
  withTempDirectory,
} from './temp-directory.ts'
export { type Wait, waitFor, withDeadline } from './wait.ts'
