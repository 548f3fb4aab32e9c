/**
 * What a table promises to keep, as its master tells it. Settings of a family are attributes with texts as values; one
 * that is missing has the default of HBase.
 * Source: Master.proto, HBase.proto and ColumnFamilyDescriptorBuilder of Apache HBase 2.6.
 */

import type { FamilySettings, KeepDeleted, TableDescription } from './cells.ts'
import { type ClusterPlaces, tableMissing, writeTableName } from './cluster-places.ts'
import type { Operation } from './operation.ts'
import { type ProtoReader, ProtoWriter, strange } from './proto-bytes.ts'
import { readTableName } from './region-map.ts'
import { ServerFailure } from './server-failure.ts'
import type { ServerLinks } from './server-links.ts'

/** Seconds of a TTL that never ends. */
const FOREVER_S = 0x7fff_ffff

/** Asks the active master, until the operation's deadline. Raises `feature-table-missing`, `store-failed`. */
export async function describeTable(
  links: ServerLinks,
  places: ClusterPlaces,
  operation: Operation,
  table: string,
): Promise<TableDescription> {
  const parameter = new ProtoWriter()
    .message(1, name => writeTableName(name, table))
    .bool(3, true)
    .finish()
  for (let failures = 0; ; ) {
    try {
      const server = await places.activeMaster(operation)
      const { callMs: timeoutMs, signal } = operation
      const call = { server, service: 'MasterService', method: 'GetTableDescriptors', parameter } as const
      const reply = await links.ask({ ...call, timeoutMs, signal, about: { table } })
      const found = readDescriptions(reply.answer).find(each => each.table === table)
      if (found === undefined) throw tableMissing(table, server)
      return found
    } catch (error) {
      if (!(error instanceof ServerFailure)) throw error
      if (error.remedy === 'fatal') throw error.error
      await operation.pause(++failures, error.error)
    }
  }
}

/** Of a GetTableDescriptorsResponse. Raises `reply-invalid`. */
export function readDescriptions(reader: ProtoReader): TableDescription[] {
  const tables: TableDescription[] = []
  while (reader.next()) {
    if (reader.field !== 1) continue
    const schema = reader.message()
    let table = ''
    const families: FamilySettings[] = []
    while (schema.next()) {
      if (schema.field === 1) table = readTableName(schema.message())
      else if (schema.field === 3) families.push(readFamily(schema.message()))
    }
    tables.push({ table, families })
  }
  return tables
}

function readFamily(reader: ProtoReader): FamilySettings {
  let name = ''
  const settings = new Map<string, string>()
  while (reader.next()) {
    if (reader.field === 1) name = reader.text()
    else if (reader.field === 2) {
      const pair = reader.message()
      let [key, value] = ['', '']
      while (pair.next()) {
        if (pair.field === 1) key = pair.text()
        else if (pair.field === 2) value = pair.text()
      }
      settings.set(key.toUpperCase(), value)
    }
  }
  const number = (key: string, otherwise: number) => wholeNumber(name, key, settings.get(key), otherwise)
  const isForever = settings.get('TTL')?.toUpperCase() === 'FOREVER'
  const ttl = isForever ? FOREVER_S : number('TTL', FOREVER_S)
  return {
    name,
    versions: number('VERSIONS', 1),
    versionsMin: number('MIN_VERSIONS', 0),
    ttlMs: ttl === FOREVER_S ? null : ttl * 1000,
    keepDeleted: keepDeletedOf(name, settings.get('KEEP_DELETED_CELLS')),
  }
}

function wholeNumber(family: string, key: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  if (!/^\d{1,10}$/.test(text))
    throw strange(`${key} of family ${family} is ${JSON.stringify(text.slice(0, 100))}`)
  return Number(text)
}

function keepDeletedOf(family: string, text = 'FALSE'): KeepDeleted {
  const word = text.toLowerCase()
  if (word === 'false' || word === 'true' || word === 'ttl') return word
  throw strange(`KEEP_DELETED_CELLS of family ${family} is ${JSON.stringify(text.slice(0, 100))}`)
}
