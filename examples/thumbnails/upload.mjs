// @ts-check
// `npm run enqueue`: what a site does when pictures were uploaded. It waits for none of the work.
import { readdirSync } from 'node:fs'
import { PICTURES } from './folders.js'
import { gator } from './gator.js'
import { findPalette } from './palette.js'
import { makeThumbnail } from './thumbnails.js'

const WIDTHS = [640, 320, 96]

const pictures = readdirSync(PICTURES)
const sizes = pictures.flatMap((picture) =>
  WIDTHS.map((width) => /** @type {[string, number]} */ ([picture, width])),
)
await gator.options({ retries: 2, timeout: '30s' }).taskMany(makeThumbnail, sizes)
await gator.options({ timeout: '5s' }).taskMany(
  findPalette,
  pictures.map((picture) => [picture]),
)
console.log(`${await gator.len()} tasks are on the queue`)
await gator.close()
