import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { Gator, type Worker } from '@alligator/core'
import '@alligator/redis'
import { type Server, startRedis } from '@alligator/testbed'
import axe from 'axe-core'
import type { Browser, Page } from 'playwright-core'
import { dashboard } from '../src/index.js'
import { type Look, openWindow, startBrowser } from './browser.js'
import { gate, sendNewsletter } from './shop/mail.js'
import { serve } from './serve.js'
import { hire, setScene } from './shop/scene.js'

/** Where pictures go, for whoever asks for some. */
const PICTURES = process.env['ALLIGATOR_SCREENSHOTS']

let redis: Server
let gator: Gator
let served: Awaited<ReturnType<typeof serve>>
let browser: Browser
const workers: Worker[] = []
const work: Promise<unknown>[] = []

beforeAll(async () => {
  redis = await startRedis()
  gator = new Gator(redis.dsn, { queueName: 'newsletters' })
  await setScene(gator)
  for (const [queues, slots] of [
    [['newsletters', 'urgent'], 4],
    [['newsletters'], 2],
  ] as const) {
    const worker = hire(gator, queues, slots)
    workers.push(worker)
    work.push(worker.runForever())
  }
  await gator.taskMany(sendNewsletter, [['gardeners'], ['cooks'], ['cyclists']])
  served = await serve(dashboard(gator, { authorize: () => 'write' }).node)
  browser = await startBrowser()
})

afterAll(async () => {
  await browser?.close()
  gate.open()
  for (const worker of workers) worker.stop()
  await Promise.all(work)
  served?.close()
  await gator?.close()
  await redis?.close()
})

async function idOf(queue: string, state: 'waiting' | 'dead' | 'running'): Promise<string> {
  const { tasks = [] } = (await gator.backend.listing?.list(queue, state, { limit: 1 })) ?? {}
  return tasks[0]?.taskId ?? ''
}

const PAGES: Readonly<Record<string, () => Promise<string> | string>> = {
  overview: () => '#/',
  queue: () => '#/queue?queue=mail&state=waiting',
  task: async () => `#/task?queue=mail&id=${await idOf('mail', 'dead')}`,
  why: async () => `#/task?queue=webhooks&id=${await idOf('webhooks', 'waiting')}`,
  dead: () => '#/dead',
  workers: () => '#/workers',
  schedules: () => '#/schedules',
}

async function violations(page: Page): Promise<string[]> {
  // The policy of the page lets no script in, but an inspector may run one.
  await page.evaluate(axe.source)
  const found = await page.evaluate(() =>
    (globalThis as unknown as { axe: typeof axe }).axe.run({ resultTypes: ['violations'] }),
  )
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)
}

test.each<Look>(['light', 'dark', 'phone'])('every page can be read by everybody: %s', async (look) => {
  const window = await openWindow(browser, look)
  const page = await window.newPage()
  const problems: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(message.text())
  })
  for (const [name, hash] of Object.entries(PAGES)) {
    await page.goto('about:blank')
    await page.goto(served.home + (await hash()))
    await page.locator('.mode.live').waitFor()
    await page.locator('h1').first().waitFor()
    problems.push(...(await violations(page)).map((problem) => `${name}: ${problem}`))
    const [width, most] = await page.evaluate(() => [document.documentElement.scrollWidth, innerWidth])
    expect({ name, isWide: (width ?? 0) > (most ?? 0) }).toEqual({ name, isWide: false })
    if (PICTURES !== undefined) {
      mkdirSync(PICTURES, { recursive: true })
      await page.screenshot({ path: join(PICTURES, `${name}-${look}.png`) })
    }
  }
  expect(problems).toEqual([])
  await window.close()
})
