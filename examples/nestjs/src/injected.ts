import type { INestApplicationContext, Type } from '@nestjs/common'
import { NestFactory } from '@nestjs/core'
import { MailModule } from './mail.module'

let context: Promise<INestApplicationContext> | undefined

/** A service of the modules that tasks need: made with the first task of a process, and the same for all that follow. */
export async function injected<T>(type: Type<T>): Promise<T> {
  context ??= NestFactory.createApplicationContext(MailModule)
  return (await context).get(type)
}
