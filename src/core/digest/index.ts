/** The entry of core/digest. */
export * from './column-digest.ts'
