/**
 * Looks into a file and checks all of it.
 *
 *     node check.ts orders.parquet
 */
import { checkFile, describeFile, openFileSource, readParquetFile } from 'hindcast/parquet'

const source = await openFileSource(process.argv[2]!)
const { columns, disorder } = describeFile(await readParquetFile(source))
for (const { column, type, nulls, min, max } of columns) {
  console.log(`${column} ${type}: ${min} to ${max}, ${nulls} nulls`)
}
console.log(`row groups that overlap in time: ${disorder?.groupsOverlapping ?? 'no time column'}`)

const { ok, pages, problems } = await checkFile(source)
console.log(ok ? `${pages > 0 ? 'all pages' : 'no page'} checked, all is well` : problems)
await source.close()
