import '@alligator/beanstalk'
import '@alligator/cli'
import '@alligator/conformance'
import '@alligator/core/testing'
import '@alligator/dashboard'
import '@alligator/opentelemetry'
import '@alligator/postgres'
import '@alligator/prometheus'
import '@alligator/redis'
import '@alligator/sqlite'
import '@alligator/sqs'
import { Gator } from '@alligator/core'
import { greet } from './greet-esm.mjs'

const gator = new Gator('sqlite://tasks.db')
await gator.task(greet, 'from an ES module')
await gator.close()
