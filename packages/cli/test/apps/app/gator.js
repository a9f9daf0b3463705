import { Gator } from '@alligator/core'
import '@alligator/sqlite'
import { SkinnyTask } from './skinny-task.js'

export const gator = new Gator(process.env.STORE, { queueName: 'skinny', taskClass: SkinnyTask })
