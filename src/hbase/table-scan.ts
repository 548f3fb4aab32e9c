/**
 * A scan of a range of rows, region after region. Where a region moves, splits, or its server dies, it goes on behind the
 * last whole row that was handed out, so that each row comes exactly once.
 */

import { located } from '../errors.ts'
import type { ScannedRows, ScanQuery } from './cells.ts'
import type { ClusterPlaces } from './cluster-places.ts'
import { ColumnIndex } from './column-index.ts'
import type { Operation } from './operation.ts'
import { endsAfter, type Region, type RegionMap } from './region-map.ts'
import { scanRegion } from './region-scan.ts'
import { RowAssembly } from './row-assembly.ts'
import { ServerFailure, storeFailed } from './server-failure.ts'
import type { ServerLinks } from './server-links.ts'

const AFTER = Buffer.of(0)

/** Raises what HbaseCluster says; the deadline of the operation is for each step forward. */
export async function* scanTable(
  links: ServerLinks,
  places: ClusterPlaces,
  operation: Operation,
  query: ScanQuery,
): AsyncGenerator<ScannedRows> {
  const { table, endKey } = query
  const assembly = new RowAssembly(new ColumnIndex(query.columns), query.raw)
  let startRow: Uint8Array = query.startKey
  let failures = 0
  while (endKey.length === 0 || Buffer.compare(startRow, endKey) < 0) {
    const map = await places.regions(table, operation)
    const region = map.find(startRow)
    if (region === null || region.server === null) {
      await places.forget(map)
      const reason = 'the next row of a scan is in no region that is at a server'
      await operation.pause(++failures, storeFailed({ server: 'its masters', table }, reason))
      continue
    }
    try {
      const pass = { region, server: region.server, shape: query, range: { startRow, stopRow: endKey } }
      for await (const piece of scanRegion(links, operation, pass)) {
        operation.progressed()
        assembly.add(piece)
        const rows = assembly.take(!piece.scan.moreInRegion)
        if (rows === null) continue
        failures = 0
        links.counts.rowsRead += rows.keys.rows
        yield rows
        operation.progressed()
      }
      if (region.endKey.length === 0) return
      startRow = region.endKey
    } catch (error) {
      await goOn(error, { places, operation, map, region, failures: ++failures })
      assembly.drop()
      startRow = nextRow(assembly.lastKey, startRow, region)
    }
  }
}

interface Setback {
  readonly places: ClusterPlaces
  readonly operation: Operation
  readonly map: RegionMap
  readonly region: Region
  readonly failures: number
}

/** Waits and learns, or raises what cannot pass. */
async function goOn(error: unknown, { places, operation, map, region, failures }: Setback): Promise<void> {
  if (!(error instanceof ServerFailure)) throw located(error, { uri: region.server ?? '' })
  if (error.remedy === 'fatal' || error.remedy === 'too-long') throw error.error
  await places.learn(map, region, error)
  // A scanner that a slow reader has let expire is no trouble of the server.
  if (error.remedy !== 'scanner' || failures > 1) await operation.pause(failures, error.error)
}

/** Behind the last row, where that is in this region or behind its start. */
function nextRow(lastKey: Buffer | null, startRow: Uint8Array, region: Region): Uint8Array {
  if (lastKey === null || Buffer.compare(lastKey, startRow) < 0 || !endsAfter(region, lastKey))
    return startRow
  return Buffer.concat([lastKey, AFTER])
}
