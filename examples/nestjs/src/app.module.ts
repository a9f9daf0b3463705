import { Module, type OnApplicationShutdown } from '@nestjs/common'
import { gator } from './gator'
import { MailModule } from './mail.module'
import { SignUpController } from './sign-up.controller'

@Module({ imports: [MailModule], controllers: [SignUpController] })
export class AppModule implements OnApplicationShutdown {
  async onApplicationShutdown(): Promise<void> {
    await gator.close()
  }
}
