/** The body of a reply, ended with an error once it is longer than it may be. */

import { type Readable, Transform } from 'node:stream'
import { HindcastError } from '../../errors.ts'
import { ConnectionFailure } from '../webhdfs/http-exchange.ts'

/** What passes the bound is not handed on, and the connection behind it is closed. */
export function boundedBody(body: Readable, bytesMax: number): Readable {
  let bytes = 0
  const bounded = new Transform({
    transform(chunk: Uint8Array, _encoding, done) {
      bytes += chunk.length
      if (bytes > bytesMax) done(tooLong(bytesMax))
      else done(null, chunk)
    },
  })
  bounded.on('close', () => body.destroy())
  body.on('error', error => bounded.destroy(error))
  body.on('aborted', () => bounded.destroy(new ConnectionFailure('the reply was cut')))
  return body.pipe(bounded)
}

function tooLong(bytesMax: number): HindcastError {
  return new HindcastError(
    'limit-passed',
    `a reply is longer than s3ReplyBytesMax (${bytesMax} bytes) allows`,
    {
      advice: 'Check that the server speaks S3: no page of a listing is that long.',
    },
  )
}
