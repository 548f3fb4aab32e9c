import { describe, expect, it } from 'vitest'
import { checkFeatureKeys, describeFeature } from '../../../src/features/index.ts'
import type { FileUnit } from '../../../src/plan/index.ts'
import { featureJob, VERSION_FIELDS, versionFiles } from '../../property/feature-fixture.ts'

describe('describeFeature', () => {
  it('adds up what the files say of themselves', async () => {
    const { pinned } = versionFiles([[[], []], [[]]])
    const unit = (rows: number, timeMaxMs: number | null): FileUnit => ({
      rowFirst: 0,
      rows,
      bytes: 1,
      timeMinMs: null,
      timeMaxMs,
    })
    const files = [
      { ...pinned[0], units: [unit(10, 500), unit(5, null)] },
      { ...pinned[1], units: [unit(1, 900)] },
    ]
    expect(await describeFeature(featureJob({}), { files, schema: VERSION_FIELDS })).toEqual({
      keyFields: [VERSION_FIELDS[0]],
      fields: [VERSION_FIELDS[4], VERSION_FIELDS[5]],
      reads: VERSION_FIELDS,
      timeUnits: ['ns', 'ns'],
      versions: 16,
      newestMs: 900,
      pinned: true,
    })
  })

  it('does not know the newest version where no file tells', async () => {
    const { pinned } = versionFiles([[[]]])
    expect(await describeFeature(featureJob({}), { files: pinned, schema: VERSION_FIELDS })).toMatchObject({
      newestMs: null,
    })
  })
})

describe('checkFeatureKeys', () => {
  it('names what events lack', () => {
    const check = (name: 'utf8' | 'int32') => () => {
      checkFeatureKeys(featureJob({ on: ['key'] }), [VERSION_FIELDS[0]], [{ name: 'key', type: { name } }])
    }
    expect(check('utf8')).not.toThrow()
    expect(check('int32')).toThrow(expect.objectContaining({ code: 'key-type-mismatch' }))
    expect(() =>
      checkFeatureKeys(featureJob({ on: ['other'] }), [VERSION_FIELDS[0]], VERSION_FIELDS),
    ).toThrow(
      expect.objectContaining({
        code: 'column-missing',
        where: expect.objectContaining({ feature: 'f', column: 'other' }),
      }),
    )
  })
})
