import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HeldBudget } from '../../../src/core/watermark/index.ts'
import { HeldFiles, heldDirectory, parseHeldName } from '../../../src/lanes/index.ts'
import { makeTempDirectory, removeTempDirectory } from '../../harness/index.ts'
import { batchOf } from '../../property/merge-scenario.ts'

let directory: string
beforeEach(() => {
  directory = makeTempDirectory()
})
afterEach(() => removeTempDirectory(directory))

const batch = (...times: number[]) =>
  batchOf(
    0,
    times.map((time, id) => ({ id, time, sub: 0, offset: id, who: `${time}` })),
  )
const open = (partition: number, keep = true): HeldFiles =>
  new HeldFiles({ directory, partition, budget: new HeldBudget(100, 1), keep })
const corrupt = (file: string): unknown =>
  expect.objectContaining({ code: 'output-corrupt', where: { uri: join(heldDirectory(directory), file) } })

describe('files of held events', () => {
  it('give back each block by its place, to another process too', () => {
    const file = open(3).create(9)
    const places = [batch(1, 2), batch(5), batch(9, 9)].map(block => file.append(block))
    file.close()
    expect(places.toReversed().map(place => [...open(3).read(file.name, place).time])).toEqual([
      [9, 9],
      [5],
      [1, 2],
    ])
  })

  it('are named for the partition, a number of its own and the newest time', () => {
    const write = (partition: number, newest: number): string => {
      const file = open(partition).create(newest)
      file.close()
      return file.name
    }
    const names = [write(0, 5), write(1, -7), write(0, 5), write(10, 8)]
    expect(new Set(names).size).toBe(4)
    expect(names.map(parseHeldName)).toMatchObject([
      { partition: 0, newest: 5 },
      { partition: 1, newest: -7 },
      { partition: 0, newest: 5 },
      { partition: 10, newest: 8 },
    ])
    for (const name of ['', '1.2', '1.2.x', '1.2.3.tmp', '../1.2.3']) expect(parseHeldName(name)).toBeNull()
  })

  it('stay when they are released where a checkpoint may name them, and go where none can', () => {
    for (const keep of [true, false]) {
      const store = open(0, keep)
      const file = store.create(1)
      file.append(batch(1))
      file.close()
      store.release(file.name)
      expect(existsSync(join(heldDirectory(directory), file.name))).toBe(keep)
    }
  })

  it('are output-corrupt by name where they are gone, cut short or damaged', () => {
    const file = open(0).create(2)
    const place = file.append(batch(1, 2))
    file.close()
    const path = join(heldDirectory(directory), file.name)
    const bytes = readFileSync(path)
    for (let at = 0; at < bytes.length; at += 5) {
      const damaged = Buffer.from(bytes)
      damaged[at]! ^= 1 << (at % 8)
      writeFileSync(path, damaged)
      expect(() => open(0).read(file.name, place)).toThrow(corrupt(file.name))
      writeFileSync(path, bytes.subarray(0, at))
      expect(() => open(0).read(file.name, place)).toThrow(corrupt(file.name))
    }
    rmSync(path)
    expect(() => open(0).read(file.name, place)).toThrow(corrupt(file.name))
  })

  it('make no folder where none is needed', () => {
    open(0)
    expect(readdirSync(directory)).toEqual([])
  })
})
