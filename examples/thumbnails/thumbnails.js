// @ts-check
import sharp from 'sharp'
import { made, source } from './folders.js'

// Beside other tasks, each picture has one core.
sharp.concurrency(1)

/**
 * Native work: it goes on in threads of sharp's own, so that it would hold up nothing even without `--isolate`. And nobody
 * can end it from outside, so it is given a time limit of its own.
 * @param {string} picture
 * @param {number} width in pixels
 */
export async function makeThumbnail(picture, width) {
  await sharp(source(picture))
    .timeout({ seconds: 20 })
    .resize({ width })
    .webp()
    .toFile(made(picture, `-${width}.webp`))
}
