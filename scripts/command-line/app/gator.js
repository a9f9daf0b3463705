import { Gator } from '@alligator/core'
import '@alligator/sqlite'

export const gator = new Gator('sqlite://tasks.db', { queueName: 'mail' })
