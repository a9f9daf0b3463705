import { Gator } from '@alligator/core'
import '@alligator/sqlite'
import './tasks'

export const gator = new Gator('sqlite://tasks.db', { defaults: { retries: 5 } })
