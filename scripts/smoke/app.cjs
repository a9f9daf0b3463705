require('@alligator/beanstalk')
require('@alligator/conformance')
require('@alligator/core/testing')
require('@alligator/dashboard')
require('@alligator/opentelemetry')
require('@alligator/postgres')
require('@alligator/prometheus')
require('@alligator/redis')
require('@alligator/sqlite')
require('@alligator/sqs')
const { Gator } = require('@alligator/core')
const { greet } = require('./greet-cjs.cjs')

exports.enqueue = async function enqueue(name) {
  const gator = new Gator('sqlite://tasks.db')
  await gator.task(greet, name)
  await gator.close()
}

if (require.main === module) void exports.enqueue('from CommonJS')
