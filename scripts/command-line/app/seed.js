// What is there before a part of the session.
import { sendDigest, sendPostEmail } from './emails.js'
import { gator } from './gator.js'
import { cutVideo, makeThumbnails } from './pictures.js'

const PARTS = {
  async work() {
    await gator.taskMany(sendPostEmail, [
      [7, 9],
      [8, 9],
    ])
    const again = gator.options({ retries: 1, backoff: 0 })
    await again.task(sendPostEmail, 13, 9)
    await gator.options({ queueName: 'pictures' }).task(makeThumbnails, 'scan.tiff', [320, 640])
    await gator.options({ queueName: 'pictures' }).task(makeThumbnails, 'cat.jpg', [320, 640])
  },
  async videos() {
    const videos = gator.options({ queueName: 'videos', retries: 2 })
    for (const file of ['gator.mp4', 'cat.mp4', 'sunset.mp4']) await videos.task(cutVideo, file)
    for (const user of [101, 102, 103]) await gator.task(sendPostEmail, user, 9)
  },
  async schedules() {
    await gator.schedule('digest', '0 9 * * 1', { timeZone: 'Europe/Berlin' }).task(sendDigest, 'weekly')
    await gator.schedule('clean-up', { every: '5m' }).task(sendDigest, 'old')
  },
}

await PARTS[process.argv[2]]()
await gator.close()
