// @ts-check
// What stands for the bank, the warehouse and the mail: each writes down what it was asked, with the key that it was given.
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'

const LEDGER = process.env.LEDGER ?? join(import.meta.dirname, 'ledger.txt')

/**
 * @param {string} what
 * @param {string} key
 */
async function ask(what, key) {
  await setTimeout(50)
  await appendFile(LEDGER, `${what} ${key}\n`)
}

/**
 * A bank that is given the same key again does not charge again: what no step can do, the moment between the charge and its being kept, this
 * does.
 * @param {string} key
 * @param {number} cents
 */
export async function charge(key, cents) {
  await ask('charge', key)
  return { id: `ch_${key}`, cents }
}

/**
 * @param {string} key
 * @param {readonly string[]} items
 */
export async function reserve(key, items) {
  await ask('reserve', key)
  return items.length
}

/**
 * @param {string} key
 * @param {string} text
 */
export async function send(key, text) {
  await ask('send', key)
  return text
}
