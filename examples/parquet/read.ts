/**
 * Sums one column: the others are not read. Then prints the first rows as objects.
 *
 *     node read.ts orders.parquet
 */
import { readParquet, rowObject } from 'hindcast/parquet'

const path = process.argv[2]!

let total = 0
for await (const { rows, columns } of readParquet(path, { columns: ['amount'] })) {
  const amount = columns[0]!
  if (amount.kind !== 'f64') throw new Error('amount is not a column of floats')
  for (let row = 0; row < rows; row++) total += amount.values[row]! // memory under a null is 0
}
console.log(`total ${total}`)

for await (const batch of readParquet(path, { rows: { to: 2 } })) {
  for (let row = 0; row < batch.rows; row++) console.log(JSON.stringify(rowObject(batch, row)))
}
