import { appendFileSync } from 'node:fs'

export function greet(name) {
  appendFileSync('greeted.txt', `${name}\n`)
  return `hello ${name}`
}
