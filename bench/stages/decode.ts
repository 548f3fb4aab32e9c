/** How fast do Parquet row groups become columns? */

import { openInput, rate, rowsOf, runStage, someUnits } from './stage.ts'

await runStage(async task => {
  const input = await openInput(task)
  const rows = rowsOf(await someUnits(input))
  const all = await rate(rows, () => someUnits(input))
  const four = input.schema.filter(field =>
    ['event_time', 'user_id', 'price', 'position'].includes(field.name),
  )
  const some = await rate(rows, () => someUnits(input, four))
  await input.decoder.close()
  return [
    {
      what: '15 columns, 2 of them text',
      rowsPerSecond: all,
      best: '2.9 DuckDB on two threads, 6.5 own decoder',
    },
    { what: '4 columns', rowsPerSecond: some, best: '28.5 own decoder' },
  ]
})
