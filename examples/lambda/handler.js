// @ts-check
import { lambdaHandler } from '@alligator/sqs'
import { gator } from './gator.js'

export const handler = lambdaHandler(gator)
