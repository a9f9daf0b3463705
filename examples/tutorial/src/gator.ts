import { Gator } from '@alligator/core'
import '@alligator/sqlite'

export const gator = new Gator(process.env.ALLIGATOR_CONN ?? 'sqlite://tasks.db')
