import { sendWelcome } from '../../../lib/emails'
import { gator } from '../../../lib/gator'

export async function POST(request: Request): Promise<Response> {
  const { taskId } = await gator.task(sendWelcome, await request.text())
  return Response.json({ taskId })
}
