const { appendFileSync } = require('node:fs')

exports.greet = function greet(name) {
  appendFileSync('greeted.txt', `${name}\n`)
  return `hello ${name}`
}
