// @ts-check
const { Gator } = require('@alligator/core')
require('@alligator/redis')

exports.gator = new Gator(process.env.ALLIGATOR_CONN ?? 'redis://localhost:6379/0', {
  queueName: [process.env.ALLIGATOR_PREFIX, 'all'].filter(Boolean).join('_'),
})
