import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Fault } from './fault.js'

const CHUNKS = [1024 * 1024, 64 * 1024, 4096].map((size) => Buffer.alloc(size))

export const fillDisk: Fault = {
  name: 'fill-disk',
  title: 'the disk is full for a while',
  smallDisk: true,
  strikes: ({ disk }) => disk,
  async strike({ store, data, random, during }) {
    const seconds = random.between(1, 3)
    const ballast = join(data, 'ballast')
    await during('all', async () => {
      fill(ballast)
      await pause(seconds * 1000)
      rmSync(ballast)
      // A server may have ended; whoever looks after it starts it again when there is room.
      await store.restart?.()
    })
  },
}

/** Writes until nothing more fits, in smaller and smaller parts. */
function fill(path: string): void {
  const file = openSync(path, 'w')
  for (const chunk of CHUNKS) {
    try {
      while (writeSync(file, chunk) === chunk.length);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
  closeSync(file)
}
