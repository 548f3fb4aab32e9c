/** The worker thread of a lane: a Lane between the thread's port and the parts of the run. */

import { parentPort } from 'node:worker_threads'
import { assert } from '../errors.ts'
import type { ToLane } from '../lanes/index.ts'
import { Lane } from '../lanes/index.ts'
import { createLaneParts } from './lane-parts.ts'

const port = parentPort
assert(port !== null, 'lane-entry runs in a worker thread')
const lane = new Lane(createLaneParts, (message, transfer) => port.postMessage(message, transfer ?? []))
port.on('message', (message: ToLane) => lane.receive(message))
