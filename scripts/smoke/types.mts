export type * as beanstalk from '@alligator/beanstalk'
export type * as cli from '@alligator/cli'
export type * as conformance from '@alligator/conformance'
export type * as inspect from '@alligator/core/inspect'
export type * as testing from '@alligator/core/testing'
export type * as dashboard from '@alligator/dashboard'
export type * as opentelemetry from '@alligator/opentelemetry'
export type * as postgres from '@alligator/postgres'
export type * as prometheus from '@alligator/prometheus'
export type * as redis from '@alligator/redis'
export type * as sqlite from '@alligator/sqlite'
export type * as sqs from '@alligator/sqs'
import { Gator, type Task } from '@alligator/core'

declare function add(a: number, b: number): Promise<number>
const gator = new Gator('locmem://')
export const task: Promise<Task<number>> = gator.task(add, 1, 2)
// @ts-expect-error: the function takes numbers
void gator.task(add, 1, '2')
