// @ts-check
// `npm run pictures`: draws six landscapes, and a picture of nothing but noise.
import { mkdirSync } from 'node:fs'
import sharp from 'sharp'
import { MADE, PICTURES, source } from './folders.js'

const NOISE = /** @type {const} */ ({ type: 'gaussian', mean: 128, sigma: 60 })

/** @param {number} hue in degrees */
const landscape = (
  hue,
) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 240 160" width="960" height="640">
  <linearGradient id="sky" x2="0" y2="1"><stop stop-color="hsl(${hue},70%,35%)"/><stop offset="1" stop-color="hsl(${hue + 40},80%,80%)"/></linearGradient>
  <rect width="240" height="160" fill="url(#sky)"/>
  <circle cx="${60 + (hue % 120)}" cy="60" r="18" fill="#fff6d8"/>
  <path d="M0 110 Q60 60 120 105 T240 90 V160 H0Z" fill="hsl(${hue + 180},25%,40%)"/>
  <path d="M0 130 Q80 100 140 130 T240 125 V160 H0Z" fill="hsl(${hue + 150},35%,20%)"/>
</svg>`

mkdirSync(PICTURES, { recursive: true })
mkdirSync(MADE, { recursive: true })
const names = ['dawn', 'noon', 'dusk', 'night', 'spring', 'autumn']
for (const [index, name] of names.entries()) {
  await sharp(Buffer.from(landscape(60 * index)))
    .jpeg({ quality: 90 })
    .toFile(source(`${name}.jpg`))
}
/** @type {import('sharp').Create} */
const create = { width: 2400, height: 1600, channels: 3, background: '#000', noise: NOISE }
await sharp({ create }).png({ compressionLevel: 1 }).toFile(source('noise.png'))
console.log(`${names.length + 1} pictures are in ${PICTURES}`)
