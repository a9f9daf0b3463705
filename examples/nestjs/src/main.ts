import 'reflect-metadata'
import { dashboard } from '@alligator/dashboard'
import { NestFactory } from '@nestjs/core'
import { AppModule } from './app.module'
import { gator } from './gator'

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule)
  // Whoever reaches this server may change its queues: it listens on this machine alone. An app of yours asks who it is.
  app.use('/queues', dashboard(gator, { authorize: () => 'write' }).node)
  app.enableShutdownHooks()
  await app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
  console.log(`Sign up by a POST to ${await app.getUrl()}/sign-up; the queue is at /queues`)
}

void main()
