import { type Gator, GiveUp, RetryIn, Snooze } from '@alligator/core'
import { context, propagation } from '@opentelemetry/api'

export function greet(_name: string): void {
  greet.baggage.push(propagation.getBaggage(context.active())?.getEntry('tenant')?.value)
}
greet.baggage = [] as (string | undefined)[]

export function fail(): void {
  throw Object.assign(new Error('it failed'), { code: 'E_TEST' })
}

export function snooze(): void {
  throw new Snooze(60)
}

export function later(): void {
  throw new RetryIn(60)
}

export function giveUp(): void {
  throw new GiveUp('it is no use')
}

export async function outer(): Promise<void> {
  await outer.gator?.task(greet, 'inner')
}
outer.gator = undefined as Gator | undefined
