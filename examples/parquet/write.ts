/**
 * Writes orders to a file: first plain values, then typed arrays, which is how much data is written.
 *
 *     node write.ts orders.parquet
 */
import { type Batch, batchOf, type Schema, writeParquet } from 'hindcast/parquet'

const schema: Schema = [
  { name: 'at', type: { name: 'timestamp', unit: 'ms', utc: true } },
  { name: 'shop', type: { name: 'utf8' } },
  { name: 'amount', type: { name: 'float64' } },
]

function* batches(): Generator<Batch> {
  yield batchOf(schema, {
    at: [new Date('2024-05-01T12:00:00Z'), new Date('2024-05-01T12:00:01Z')],
    shop: ['north', null],
    amount: [9.5, 20],
  })
  yield manyOrders(0, 50_000)
  yield manyOrders(50_000, 50_000)
}

/** An order a second. `at` is int64: two int32 halves a row, low and high. */
function manyOrders(first: number, rows: number): Batch {
  const at = new BigInt64Array(rows)
  const offsets = new Int32Array(rows + 1)
  const amount = new Float64Array(rows)
  const shop = new TextEncoder().encode('south'.repeat(rows))
  for (let row = 0; row < rows; row++) {
    at[row] = BigInt(Date.UTC(2024, 4, 2) + 1000 * (first + row))
    offsets[row + 1] = 5 * (row + 1)
    amount[row] = (first + row) % 10
  }
  return {
    schema,
    rows,
    columns: [
      { kind: 'i64', values: new Int32Array(at.buffer), valid: null },
      { kind: 'bytes', offsets, bytes: shop, valid: null },
      { kind: 'f64', values: amount, valid: null },
    ],
  }
}

const path = process.argv[2]!
const options = { codec: 'ZSTD', rowGroupRows: 50_000, metadata: { source: 'example' } } as const
const { rows, bytes } = await writeParquet(path, schema, batches(), options)
console.log(`${rows} rows, ${bytes > 0 ? 'written' : 'empty'}`)
