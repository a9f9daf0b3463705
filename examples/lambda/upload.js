// @ts-check
// The web half, in another function or on a server.
import { gator } from './gator.js'
import { makeThumbnail } from './thumbnails.js'

const opts = gator.options({ retries: 2, backoff: '30s', timeout: '20s' })

/** @param {string} picture */
export async function uploaded(picture) {
  await opts.taskMany(makeThumbnail, [
    [picture, 200],
    [picture, 800],
  ])
}
