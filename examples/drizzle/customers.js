// @ts-check
// Five customers who order one thing after the other, until somebody ends this process.
import { order } from './shop.js'

const ITEMS = ['boots', 'hat', 'umbrella']

/** @param {number} at */
async function buy(at) {
  const id = await order(ITEMS[at % ITEMS.length] ?? 'hat')
  process.stdout.write(`order ${id}\n`)
  await buy(at + 1)
}

await Promise.all([0, 1, 2, 3, 4].map((at) => buy(at)))
