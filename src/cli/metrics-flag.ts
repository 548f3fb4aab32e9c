/** `--metrics PORT | HOST:PORT | [IPv6]:PORT` of `hindcast run`. */

import { InvalidArgumentError } from 'commander'
import type { RunOptions } from '../run/index.ts'
import type { ProgressMode } from './progress.ts'
import type { Terminal } from './terminal.ts'

export interface MetricsAddress {
  readonly port: number
  /** Absent: loopback. */
  readonly host?: string
}

const PORT_MAX = 65_535

/** Raises `InvalidArgumentError`, which the command line words. */
export function readMetricsAddress(text: string): MetricsAddress {
  const [, bracketed, plain, digits = ''] = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(text) ?? []
  const port = Number(digits)
  if (digits === '' || port > PORT_MAX)
    throw new InvalidArgumentError(`Expected a port from 0 to ${PORT_MAX}, or host:port.`)
  const host = bracketed ?? plain
  return host === undefined ? { port } : { port, host }
}

/** Says on stderr where metrics are served, so that port 0 can be found: for a program that reads JSON there as JSON. */
export function metricsPlace(
  address: MetricsAddress,
  mode: ProgressMode,
  terminal: Terminal,
): NonNullable<RunOptions['metrics']> {
  return {
    ...address,
    onListening: url => {
      terminal.err(mode === 'json' ? `${JSON.stringify({ metrics: url })}\n` : `metrics: ${url}\n`)
    },
  }
}
