/** A store of reorder buffers in memory: what a disk would have, and what was asked of it. */

import type { EventBatch } from '../../src/core/batch/index.ts'
import { decodeEvents, encodeEvents } from '../../src/core/batch/index.ts'
import type { Ticks } from '../../src/core/time.ts'
import type { HeldFile, HeldPlace, HeldStore } from '../../src/core/watermark/index.ts'
import { HeldBudget } from '../../src/core/watermark/index.ts'

export class HeldMemory implements HeldStore {
  budget: HeldBudget
  /** Blocks by file and position; those of released files are kept, as a snapshot may need them. */
  readonly files = new Map<
    string,
    { readonly newest: Ticks; readonly blocks: Uint8Array[]; closed: boolean }
  >()
  readonly released = new Set<string>()
  reads = 0

  constructor(bytesMax: number) {
    this.budget = new HeldBudget(bytesMax, 2, 64)
  }

  /** A process has died: its memory is free again. */
  restart(): void {
    this.budget = new HeldBudget(this.budget.bytesMax, 2, 64)
    this.released.clear()
  }

  create(newest: Ticks): HeldFile {
    const name = `file-${this.files.size}`
    const file = { newest, blocks: [] as Uint8Array[], closed: false }
    this.files.set(name, file)
    return {
      name,
      append: (events: EventBatch): HeldPlace => {
        const bytes = encodeEvents(events)
        if (events.time.some(time => time > newest)) throw new Error('an event is later than was said')
        return { position: file.blocks.push(bytes) - 1, length: bytes.length }
      },
      close: () => {
        file.closed = true
      },
    }
  }

  read(name: string, { position }: HeldPlace): EventBatch {
    const file = this.files.get(name)
    if (!file?.closed || this.released.has(name)) throw new Error(`${name} is not there to be read`)
    this.reads++
    return decodeEvents(file.blocks[position]!.slice())
  }

  release(name: string): void {
    if (this.released.has(name)) throw new Error(`${name} was released twice`)
    this.released.add(name)
  }
}
