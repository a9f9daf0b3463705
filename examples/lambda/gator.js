// @ts-check
import { Gator } from '@alligator/core'
import '@alligator/sqs'

export const gator = new Gator(process.env.ALLIGATOR_CONN ?? 'sqs:///', {
  queueName: 'thumbnails',
  root: import.meta.dirname,
})
