/**
 * Work on some items, a few at the same time: in order of the items, none begun after a failure, those under way waited
 * for. Raises the first failure.
 */
export async function sideBySide<Item>(
  items: readonly Item[],
  most: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  let next = 0
  const failures: unknown[] = []
  const worker = async (): Promise<void> => {
    while (next < items.length && failures.length === 0)
      await work(items[next++]!).catch((error: unknown) => failures.push(error))
  }
  await Promise.all(Array.from({ length: Math.min(items.length, most) }, worker))
  if (failures.length > 0) throw failures[0]
}
