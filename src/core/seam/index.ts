/** The entry of core/seam. */
export * from './certificate.ts'
export * from './evidence.ts'
export * from './offset-coverage.ts'
export * from './offset-ranges.ts'
export * from './overlap-audit.ts'
