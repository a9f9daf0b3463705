// @ts-check
// The slow work, a plain function.
import { setTimeout as sleep } from 'node:timers/promises'

/** @param {string} topic */
export async function writeReport(topic) {
  await sleep(1000)
  console.log(`The report on ${topic} is written.`)
}
