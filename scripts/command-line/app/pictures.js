import { setTimeout } from 'node:timers/promises'
import { currentTask } from '@alligator/core'

export async function makeThumbnails(file, _widths) {
  if (file.endsWith('.tiff')) throw new Error(`${file}: no decoder for TIFF`)
}

export async function cutVideo(_file) {
  await setTimeout(600_000, undefined, { signal: currentTask()?.signal })
}
