import 'reflect-metadata'
import { dashboard } from '@alligator/dashboard'
import { NestFactory } from '@nestjs/core'
import { AppModule } from './app.module'
import { gator } from './gator'

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule)
  // For who is on this machine, and asks by no other name: a site's may lead here, too. An app of yours asks who has signed in.
  const isHere = ({ url }: Request) => /^http:\/\/(?:127\.0\.0\.1|localhost):/.test(url)
  app.use('/queues', dashboard(gator, { authorize: (request) => isHere(request) && 'write' }).node)
  app.enableShutdownHooks()
  await app.listen(Number(process.env.PORT ?? 3000), '127.0.0.1')
  console.log(`Sign up by a POST to ${await app.getUrl()}/sign-up; the queue is at /queues`)
}

void main()
