import { Gator } from '@alligator/core'

export const gator = new Gator('redis')
