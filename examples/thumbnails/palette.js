// @ts-check
import { writeFile } from 'node:fs/promises'
import sharp from 'sharp'
import { made, source } from './folders.js'

const COLOURS = 5

/** @typedef {[red: number, green: number, blue: number]} Colour */
/** @typedef {{ red: number, green: number, blue: number, count: number }} Sum */

/**
 * The colours that a picture is mostly made of. It looks at every pixel, again and again, in plain JavaScript and without
 * a pause: nothing else happens in its thread meanwhile.
 * @param {string} picture
 */
export async function findPalette(picture) {
  const pixels = await sharp(source(picture)).removeAlpha().toColourspace('srgb').raw().toBuffer()
  const palette = cluster(pixels).map(hex)
  await writeFile(made(picture, '.json'), JSON.stringify(palette))
  return palette.join(' ')
}

/**
 * k-means: each pixel goes to its nearest colour, each colour to the middle of its pixels, until none moves. That takes
 * a few rounds for most pictures, and for some it takes hundreds.
 * @param {Uint8Array} pixels
 * @returns {Colour[]}
 */
function cluster(pixels) {
  let colours = Array.from({ length: COLOURS }, (_, index) => grey((255 * (index + 0.5)) / COLOURS))
  for (;;) {
    const next = middles(pixels, colours)
    if (String(next) === String(colours)) return colours
    colours = next
  }
}

/**
 * @param {Uint8Array} pixels
 * @param {readonly Colour[]} colours
 */
function middles(pixels, colours) {
  const sums = colours.map(() => ({ red: 0, green: 0, blue: 0, count: 0 }))
  for (let at = 0; at < pixels.length; at += 3) {
    const red = pixels[at] ?? 0
    const green = pixels[at + 1] ?? 0
    const blue = pixels[at + 2] ?? 0
    const sum = /** @type {Sum} */ (sums[nearest(colours, red, green, blue)])
    sum.red += red
    sum.green += green
    sum.blue += blue
    sum.count += 1
  }
  return sums.map(
    ({ red, green, blue, count }, index) =>
      /** @type {Colour} */ (count === 0 ? colours[index] : [red / count, green / count, blue / count]),
  )
}

/**
 * @param {readonly Colour[]} colours
 * @param {number} red
 * @param {number} green
 * @param {number} blue
 */
function nearest(colours, red, green, blue) {
  let best = 0
  let least = Infinity
  for (let index = 0; index < colours.length; index += 1) {
    const colour = /** @type {Colour} */ (colours[index])
    const distance = (red - colour[0]) ** 2 + (green - colour[1]) ** 2 + (blue - colour[2]) ** 2
    if (distance >= least) continue
    least = distance
    best = index
  }
  return best
}

/** @param {number} value @returns {Colour} */
const grey = (value) => [value, value, value]

/** @param {Colour} colour */
const hex = (colour) => `#${colour.map((part) => Math.round(part).toString(16).padStart(2, '0')).join('')}`
