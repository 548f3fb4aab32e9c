import { describe, expect, it } from 'vitest'
import { hiveColumns } from '../../../src/files/hive.ts'

describe('Hive folders', () => {
  it('reads keys and decoded values, innermost last, but not the file name', () => {
    expect(hiveColumns('/w/dt=2024-01-01/city=S%C3%A3o%20Paulo/a=b.parquet')).toEqual({
      dt: '2024-01-01',
      city: 'São Paulo',
    })
    expect(hiveColumns('/w/a=1/a=2/x')).toEqual({ a: '2' })
    expect(hiveColumns('/w/=1/a=/b=c=d/50%=%zz/x')).toEqual({ a: '', b: 'c=d', '50%': '%zz' })
  })

  it('takes __proto__ as a name like any other', () => {
    const columns = hiveColumns('/w/__proto__=7/x.parquet')
    expect(Object.hasOwn(columns, '__proto__')).toBe(true)
    expect(Object.entries(columns)).toEqual([['__proto__', '7']])
  })
})
