import { describe, expect, it } from 'vitest'
import { remoteFailure } from '../../../../src/files/webhdfs/remote-failure.ts'

function body(exception: string, message = 'm'): string {
  return JSON.stringify({ RemoteException: { exception, javaClassName: `x.${exception}`, message } })
}

describe('remoteFailure', () => {
  it.each([
    [404, body('FileNotFoundException'), 'missing'],
    [400, body('InvalidPathException'), 'bad-name'],
    [403, body('AccessControlException'), 'denied'],
    [403, body('AuthorizationException'), 'denied'],
    [403, body('FileAlreadyExistsException'), 'exists'],
    [403, body('AlreadyBeingCreatedException'), 'busy'],
    [403, body('SafeModeException'), 'safe-mode'],
    [403, body('RetriableException', 'NameNode still in startup mode'), 'later'],
    [403, body('StandbyException'), 'standby'],
    [403, body('EOFException', 'End of File Exception between local host is: "a/1"'), 'later'],
    [403, body('SocketException', 'Connection reset'), 'later'],
    [403, body('IOException', 'Failed on local exception: java.io.IOException'), 'later'],
    [403, body('IOException', 'No active and not excluded nodes'), 'no-data-node'],
    [403, body('IOException', 'Failed to find datanode, suggest to check cluster health.'), 'no-data-node'],
    [403, body('IOException', 'Offset=9 out of the range [0, 9); OPEN'), 'out-of-range'],
    [403, body('IOException', 'something else'), 'other'],
    [400, body('IllegalArgumentException'), 'not-understood'],
    [400, body('UnsupportedOperationException'), 'not-understood'],
    [200, body('StandbyException'), 'standby'],
    [401, '<html>', 'kerberos'],
    [500, '<html><body>HTTP ERROR 500</body>', 'later'],
    [503, '', 'later'],
    [429, '{}', 'later'],
    [404, '<html>no such page', 'other'],
    [403, '{"RemoteException":null}', 'other'],
    [403, '[', 'other'],
    [403, body('constructor'), 'other'],
    [500, body('NullPointerException'), 'other'],
  ])('%i %s is %s', (status, text, kind) => {
    expect(remoteFailure(status, text)).toMatchObject({ kind, status })
  })

  it('shows one line, and neither tokens nor queries', () => {
    const said = `Bad token=abcdef at http://u:p@nn:1/x?delegation=QQ&a=b\n\tat java.lang.Thread\u0007`
    const { message } = remoteFailure(403, body('SecurityException', said))
    expect(message).toBe('Bad token=… at http://…@nn:1/x?…')
    expect(remoteFailure(403, body('IOException', 'x'.repeat(1e5))).message.length).toBeLessThan(310)
  })
})
