const { Gator } = require('@alligator/core')
require('@alligator/sqlite')

const made = { gator: new Gator(process.env.STORE) }
module.exports = made
