import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { compileKernels, kernelsSource } from '../../../scripts/build-wasm.ts'
import { KERNELS_WASM } from '../../../src/parquet/codec/kernels-wasm.ts'

describe('src/parquet/codec/kernels-wasm.ts', () => {
  it('is what assembly/ compiles to, byte for byte (npm run wasm writes it)', async () => {
    const bytes = await compileKernels()
    expect(Buffer.from(KERNELS_WASM, 'base64').equals(bytes)).toBe(true)
    const file = new URL('../../../src/parquet/codec/kernels-wasm.ts', import.meta.url)
    expect(readFileSync(file, 'utf8')).toBe(kernelsSource(bytes))
  })
})
