const { appendFileSync } = require('node:fs')
const { join } = require('node:path')
const { Gator, currentTask } = require('@alligator/core')
require('@alligator/sqlite')

const gator = new Gator(process.env.STORE)

function common(name) {
  appendFileSync(join(__dirname, 'ran.log'), `${name}, try ${currentTask().attempt}\n`)
}

module.exports = { gator, common }

if (require.main === module) gator.task(common, 'a').then(() => gator.close())
