/** Mutants of thrift structures: one node of the tree changed to what is at the edge of what it may be, or beyond. */
import type { Random } from './parquet-random.ts'
import type { Tree, TreeField } from './parquet-thrift-tree.ts'

/** Numbers that have broken readers. */
const NUMBERS: readonly bigint[] = [
  0n,
  1n,
  -1n,
  2n,
  127n,
  128n,
  255n,
  256n,
  2n ** 15n,
  2n ** 16n,
  2n ** 24n,
  2n ** 24n + 1n,
  2n ** 29n,
  2n ** 30n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 31n + 1n,
  2n ** 32n - 1n,
  2n ** 32n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 63n - 1n,
  -(2n ** 31n),
  -(2n ** 63n),
]

/** The tree with one node, or two, changed; `size` is that of the file, for positions that are almost in it. */
export function mutateTree(tree: Tree, size: number, random: Random): Tree {
  const mutant = changedAt(tree, { left: random.below(nodesOf(tree)) }, size, random)
  if (!random.oneIn(4)) return mutant
  return changedAt(mutant, { left: random.below(nodesOf(mutant)) }, size, random)
}

function nodesOf(tree: Tree): number {
  if (tree.kind === 'list') return tree.items.reduce((sum, item) => sum + nodesOf(item), 1)
  if (tree.kind === 'struct') return tree.fields.reduce((sum, { value }) => sum + nodesOf(value), 1)
  return 1
}

/** Walks in pre-order; the node at which `place.left` is 0 is changed. */
function changedAt(tree: Tree, place: { left: number }, size: number, random: Random): Tree {
  if (place.left-- === 0) return changed(tree, size, random)
  if (tree.kind === 'list') {
    return {
      ...tree,
      items: tree.items.map(item => (place.left < 0 ? item : changedAt(item, place, size, random))),
    }
  }
  if (tree.kind !== 'struct') return tree
  const fields = tree.fields.map(field =>
    place.left < 0 ? field : { id: field.id, value: changedAt(field.value, place, size, random) },
  )
  return { ...tree, fields }
}

function changed(tree: Tree, size: number, random: Random): Tree {
  if (random.oneIn(12)) return other(random)
  switch (tree.kind) {
    case 'bool':
      return { kind: 'bool', value: !tree.value }
    case 'i8':
      return { kind: 'i8', value: random.byte() }
    case 'int':
      return { ...tree, value: changedNumber(tree.value, size, random) }
    case 'double':
      return { kind: 'double', bytes: random.bytes(8) }
    case 'binary':
      return { kind: 'binary', bytes: changedBytes(tree.bytes, random) }
    case 'list':
      return changedList(tree, random)
    case 'struct':
      return { kind: 'struct', fields: changedFields(tree.fields, size, random) }
  }
}

/** A value of another type. */
function other(random: Random): Tree {
  const int: Tree = { kind: 'int', wire: 6, value: random.pick(NUMBERS) }
  return random.pick<Tree>([
    int,
    { kind: 'bool', value: true },
    { kind: 'i8', value: random.byte() },
    { kind: 'double', bytes: random.bytes(8) },
    { kind: 'binary', bytes: random.bytes(random.below(40)) },
    { kind: 'struct', fields: [] },
    { kind: 'struct', fields: [{ id: 1 + random.below(20), value: int }] },
    { kind: 'list', wire: 9, element: 12, items: [], claimed: random.below(1 << random.below(30)) },
    { kind: 'list', wire: 9, element: 5, items: [int, int] },
    nested(random.below(200)),
  ])
}

function nested(depth: number): Tree {
  let tree: Tree = { kind: 'struct', fields: [] }
  for (let i = 0; i < depth; i++) {
    tree =
      i % 2 === 0
        ? { kind: 'struct', fields: [{ id: 1, value: tree }] }
        : { kind: 'list', wire: 9, element: 12, items: [tree] }
  }
  return tree
}

function changedNumber(value: bigint, size: number, random: Random): bigint {
  switch (random.below(7)) {
    case 0:
      return random.pick(NUMBERS)
    case 1:
      return value + BigInt(random.below(9) - 4)
    case 2:
      return BigInt(random.below(20)) // enumerations
    case 3:
      return BigInt.asIntN(64, value ^ (1n << BigInt(random.below(63))))
    case 4:
      return random.oneIn(2) ? value * 2n : value / 2n
    case 5:
      return BigInt(random.below(size + 16))
    default:
      return BigInt(size) + BigInt(random.below(32) - 16)
  }
}

function changedBytes(bytes: Uint8Array, random: Random): Uint8Array {
  switch (random.below(4)) {
    case 0:
      return bytes.slice(0, random.below(bytes.length + 1))
    case 1:
      return random.bytes(random.below(64))
    case 2:
      return new Uint8Array(random.below(4000)).fill(random.byte())
    default: {
      const copy = bytes.slice()
      if (copy.length > 0) copy[random.below(copy.length)] = random.byte()
      return copy
    }
  }
}

type ListTree = Extract<Tree, { kind: 'list' }>

function changedList(list: ListTree, random: Random): ListTree {
  const { items } = list
  const at = random.below(Math.max(1, items.length))
  switch (random.below(6)) {
    case 0:
      return { ...list, items: items.toSpliced(at, 1) }
    case 1:
      return { ...list, items: items.flatMap((item, i) => (i === at ? [item, item] : [item])) }
    case 2:
      return { ...list, items: items.toReversed() }
    case 3:
      return { ...list, claimed: random.oneIn(2) ? items.length + random.below(9) : random.below(2 ** 31) }
    case 4:
      return { ...list, element: random.below(16) }
    default:
      return { ...list, items: [] }
  }
}

function changedFields(fields: readonly TreeField[], size: number, random: Random): readonly TreeField[] {
  const at = random.below(Math.max(1, fields.length))
  const field = fields[at]
  if (field === undefined) return [{ id: 1 + random.below(9), value: other(random) }]
  switch (random.below(6)) {
    case 0:
    case 1:
      return fields.toSpliced(at, 1)
    case 2:
      // Twice, out of order, and not the same.
      return [...fields, { id: field.id, value: mutateTree(field.value, size, random) }]
    case 3:
      return fields.with(at, { ...field, id: random.pick([1 + random.below(20), 32_767, 32_768, 0, -1]) })
    case 4:
      return fields.toReversed()
    default:
      return [...fields, { id: 1 + random.below(30), value: other(random) }]
  }
}
