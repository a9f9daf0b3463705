// @ts-check
import { currentTask } from '@alligator/core'

/**
 * The slow work; here it only tells of it.
 * @param {string} picture
 * @param {number} width
 */
export async function makeThumbnail(picture, width) {
  if (picture.endsWith('.exe')) throw new Error(`${picture} is no picture`)
  console.log(`${picture} at ${width} px, try ${currentTask()?.attempt}`)
}
