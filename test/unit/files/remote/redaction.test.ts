import { expect, it } from 'vitest'
import { redacted } from '../../../../src/files/remote/redaction.ts'

it.each([
  ['Permission denied: user=me, path="/a":x', 'Permission denied: user=me, path="/a":x'],
  ['first\nsecond', 'first'],
  ['a\u001b[31mb\u0000', 'a [31mb'],
  ['GET /webhdfs/v1/a?op=OPEN&delegation=XYZ failed', 'GET /webhdfs/v1/a?… failed'],
  ['what?', 'what?'],
  ['delegation=XYZ, token: abc; password = p', 'delegation=…, token=…; password=…'],
  ['see http://me:pw@host/x', 'see http://…@host/x'],
])('%j is shown as %j', (message, shown) => {
  expect(redacted(message)).toBe(shown)
})

it('is short', () => {
  expect(redacted('x'.repeat(1e6))).toHaveLength(301)
})
