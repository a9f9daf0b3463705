import { Body, Controller, HttpCode, Post } from '@nestjs/common'
import { gator } from './gator'
import { sendWelcome } from './tasks'

@Controller('sign-up')
export class SignUpController {
  @Post()
  @HttpCode(202)
  async signUp(@Body('email') email: unknown): Promise<{ taskId: string }> {
    const { taskId } = await gator.task(sendWelcome, String(email))
    return { taskId }
  }
}
