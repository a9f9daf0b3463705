const { Gator } = require('@alligator/core')
const { say } = require('./tasks')

exports.gator = new Gator('locmem://')
void exports.gator.task(say, 'hello')
