import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Gator, type Worker } from '@alligator/core'
import '@alligator/postgres'
import '@alligator/redis'
import { type Server, startPostgres, startRedis, until } from '@alligator/testbed'
import axe from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { type ActionEvent, dashboard } from '../src/index.js'
import { type Look, openWindow, startBrowser } from './browser.js'
import { imagineAnHour, pictureOf } from './pictures.js'
import { serve } from './serve.js'
import { charge, gate, makeThumbnail, mended, renderReport, sendNewsletter } from './shop/mail.js'
import { hire, setScene } from './shop/scene.js'

/** Where pictures go, for whoever asks for some: `npm run screenshots`. */
const PICTURES = process.env['ALLIGATOR_SCREENSHOTS']

/** A store with workers, and the dashboard of it. */
interface Shop {
  readonly server: Server
  readonly gator: Gator
  readonly home: string
  readonly events: ActionEvent[]
  readonly close: () => Promise<void>
}

async function openShop(server: Server): Promise<Shop> {
  const gator = new Gator(server.dsn, { queueName: 'newsletters' })
  const workers: Worker[] = [hire(gator, ['newsletters', 'urgent'], 4), hire(gator, ['orders', 'reports'], 2)]
  const work = workers.map((worker) => worker.runForever())
  const events: ActionEvent[] = []
  const page = dashboard(gator, {
    authorize: () => ({ access: 'write', who: 'ann' }),
    onAction: (event) => events.push(event),
  })
  const served = await serve(page.node)
  const close = async () => {
    served.close()
    for (const worker of workers) worker.stop()
    await Promise.all(work)
    await gator.close()
    await server.close()
  }
  return { server, gator, home: served.home, events, close }
}

let browser: Browser
const shops = new Map<string, Shop>()

beforeAll(async () => {
  const [redis, postgres] = await Promise.all([startRedis(), startPostgres()])
  shops.set('Redis', await openShop(redis))
  shops.set('PostgreSQL', await openShop(postgres))
  browser = await startBrowser()
})

afterAll(async () => {
  await browser?.close()
  gate.open()
  for (const shop of shops.values()) await shop.close()
})

function shopOf(name: string): Shop {
  const shop = shops.get(name)
  if (!shop) throw new Error(`${name} could not be opened.`)
  return shop
}

async function firstOf(
  { gator }: Shop,
  queue: string,
  state: 'waiting' | 'dead' | 'running',
): Promise<string> {
  const { tasks = [] } = (await gator.backend.listing?.list(queue, state, { limit: 1 })) ?? {}
  return tasks[0]?.taskId ?? ''
}

/** The one that was made first. */
async function firstBatch({ gator }: Shop): Promise<string> {
  const { batches = [] } = (await gator.backend.batches?.list('albums', 'open')) ?? {}
  return batches.at(-1)?.batchId ?? ''
}

describe('every page', () => {
  const PAGES: Readonly<Record<string, (shop: Shop) => Promise<string> | string>> = {
    overview: () => '#/',
    queue: () => '#/queue?queue=mail&state=waiting',
    task: async (shop) => `#/task?queue=mail&id=${await firstOf(shop, 'mail', 'dead')}`,
    why: async (shop) => `#/task?queue=webhooks&id=${await firstOf(shop, 'webhooks', 'waiting')}`,
    dead: () => '#/dead',
    batches: () => '#/batches',
    batch: async (shop) => `#/batch?queue=albums&id=${await firstBatch(shop)}`,
    workers: () => '#/workers',
    schedules: () => '#/schedules',
  }

  beforeAll(async () => {
    const { gator } = shopOf('Redis')
    await setScene(gator)
    await gator.taskMany(sendNewsletter, [['gardeners'], ['cooks'], ['cyclists']])
    await until(async () => (await gator.backend.counts('newsletters')).running === 3)
  })

  /** What keeps somebody from reading it. All of it is looked for once; in the dark only colours are others. */
  async function violations(page: Page, look: Look): Promise<string[]> {
    // The policy of the page lets no script in, but an inspector may run one.
    await page.evaluate(axe.source)
    const rules = { runOnly: look === 'light' ? ['wcag2a', 'wcag2aa', 'best-practice'] : ['cat.color'] }
    const found = await page.evaluate(
      (options) =>
        (globalThis as unknown as { axe: typeof axe }).axe.run({ ...options, resultTypes: ['violations'] }),
      rules,
    )
    return found.violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' ')}`)
  }

  const LOOKS: readonly Look[] = ['light', 'dark', 'phone']
  const windows = new Map<Look, BrowserContext>()

  beforeAll(async () => {
    for (const look of LOOKS) {
      const window = await openWindow(browser, look)
      if (PICTURES !== undefined) await window.addInitScript(imagineAnHour)
      windows.set(look, window)
    }
  })

  afterAll(async () => {
    for (const window of windows.values()) await window.close()
  })

  test.each(LOOKS.flatMap((look) => Object.keys(PAGES).map((name) => [look, name] as const)))(
    'can be read by everybody: %s, %s',
    async (look, name) => {
      const page = await windows.get(look)?.newPage()
      if (!page) throw new Error('There is no window.')
      const problems: string[] = []
      page.on('console', (message) => {
        if (message.type() === 'error') problems.push(message.text())
      })
      const shop = shopOf('Redis')
      await page.goto(`${shop.home}${await PAGES[name]?.(shop)}`)
      await page.locator('.mode.live').waitFor()
      await page.locator('h1').first().waitFor()
      await page.locator('.skeleton').waitFor({ state: 'detached' })
      // Before its turn, a queue is shown without numbers.
      await page.getByText('…', { exact: true }).first().waitFor({ state: 'detached' })
      if (look !== 'phone') problems.push(...(await violations(page, look)))
      const sizes = '[document.documentElement.scrollWidth, innerWidth]'
      const [width = 0, most = 0] = await page.evaluate<number[]>(sizes)
      if (width > most) problems.push('It is wider than its window.')
      if (PICTURES !== undefined) {
        mkdirSync(PICTURES, { recursive: true })
        writeFileSync(join(PICTURES, `${name}-${look}.webp`), await pictureOf(page))
      }
      expect(problems).toEqual([])
      await page.close()
    },
  )
})

describe.each(['Redis', 'PostgreSQL'])('on %s, with workers at work', (name) => {
  let shop: Shop
  let window: BrowserContext
  let page: Page
  let orders: Gator
  let reports: Gator

  beforeAll(async () => {
    shop = shopOf(name)
    window = await openWindow(browser)
    page = await window.newPage()
    page.setDefaultTimeout(10_000)
    orders = new Gator(shop.gator.backend, { queueName: 'orders' })
    reports = new Gator(shop.gator.backend, { queueName: 'reports' })
  })

  afterAll(() => window.close())

  const open = (hash: string) => page.goto(`${shop.home}?${Math.random()}#${hash}`)
  const press = (button: string) => page.getByRole('button', { name: button, exact: true }).click()
  const confirm = (button: string) =>
    page.getByRole('dialog').getByRole('button', { name: button, exact: true }).click()
  const says = (text: string | RegExp) => page.locator('.notices').getByText(text).waitFor()
  const counts = (queue: string) => shop.gator.backend.counts(queue)
  const last = () => shop.events.at(-1)

  async function bury(order: string, code: string): Promise<string> {
    const before = (await counts('orders')).dead
    const { taskId } = await orders.task(charge, order, code)
    await until(async () => (await counts('orders')).dead === before + 1)
    return taskId
  }

  test('a dead letter is dropped, once that is confirmed', async () => {
    const id = await bury('4700', 'REFUSED')
    await open(`/task?queue=orders&id=${id}`)
    await page.getByText('The bank has refused order 4700').first().waitFor()
    await press('Drop')
    await confirm('Keep as it is')
    expect((await counts('orders')).dead).toBe(1)
    await press('Drop')
    await confirm('Drop')
    await page.getByText('The queue does not hold it').waitFor()
    expect((await counts('orders')).dead).toBe(0)
    expect(last()).toMatchObject({ action: 'cancel', who: 'ann', queue: 'orders', ids: [id], changed: 1 })
  })

  test('one is retried, and all of an error', async () => {
    const ids: string[] = []
    for (const order of ['4711', '4712', '4713']) ids.push(await bury(order, 'REFUSED'))
    await bury('4714', 'NO_FUNDS')
    mended.add('4711')
    await open(`/task?queue=orders&id=${ids[0]}`)
    await press('Retry')
    await page.getByText('The queue does not hold it').waitFor()
    expect((await counts('orders')).dead).toBe(3)

    for (const order of ['4712', '4713']) mended.add(order)
    await open('/dead?queue=orders')
    await press('Retry all of REFUSED')
    await confirm('Retry all')
    await says('2 dead letters put back to work.')
    await until(async () => (await counts('orders')).dead === 1)
    expect(last()).toMatchObject({ action: 'retry-all', who: 'ann', queue: 'orders', changed: 2 })
    await page.getByText('NO_FUNDS').waitFor()
    await press('Drop all of NO_FUNDS')
    await confirm('Drop all')
    await page.getByText('No dead letters').waitFor()
    mended.clear()
  })

  test('a running task is canceled', async () => {
    const { taskId } = await shop.gator.task(sendNewsletter, 'canceled')
    await until(
      async () =>
        (await shop.gator.backend.listing?.find('newsletters', [taskId]))?.get(taskId) === 'running',
    )
    await open(`/task?queue=newsletters&id=${taskId}`)
    await press('Cancel')
    await confirm('Cancel task')
    await page.getByText('The queue does not hold it').waitFor()
    expect(last()).toMatchObject({ action: 'cancel', ids: [taskId], changed: 1 })
  })

  test('a delayed task is made due, from a list', async () => {
    const { taskId } = await reports
      .options({ delayBy: '1d' })
      .task(renderReport, 'now', { format: 'pdf', pages: 1 })
    await open('/queue?queue=reports&state=delayed')
    await page.getByLabel(`Choose task ${taskId}`).check()
    await press('Make due now')
    await says('1 task due now.')
    await until(async () => !(await shop.gator.backend.listing?.find('reports', [taskId]))?.has(taskId))
    expect(last()).toMatchObject({ action: 'expedite', ids: [taskId], changed: 1 })
  })

  test('a queue is paused and resumed, and another window sees it', async () => {
    const other = await (await openWindow(browser, 'phone')).newPage()
    await other.goto(`${shop.home}#/queue?queue=orders`)
    await other.getByRole('heading', { name: 'orders' }).waitFor()
    await open('/queue?queue=orders')
    await press('Pause')
    await page.getByLabel('Reason').fill('the bank is away')
    await confirm('Pause')
    await other.getByText('the bank is away').waitFor()
    expect(await shop.gator.backend.pausing?.paused('orders')).toMatchObject({ reason: 'the bank is away' })
    const { taskId } = await orders.task(charge, 'paused', 'REFUSED')
    await other.goto(`${shop.home}#/task?queue=orders&id=${taskId}`)
    await other.getByText('Its queue is paused, until somebody resumes it: the bank is away.').waitFor()
    mended.add('paused')
    await press('Resume')
    await other.getByText('The queue does not hold it').waitFor()
    await other.context().close()
  })

  test('a batch is seen to go on, and is canceled', async () => {
    const albums = new Gator(shop.gator.backend, { queueName: 'albums-to-come' })
    const { id } = await albums.batch(
      { onFailure: [renderReport, 'failed', { format: 'none', pages: 0 }] },
      (b) =>
        b.taskMany(makeThumbnail, [
          ['one.jpg', [64]],
          ['two.jpg', [64]],
        ]),
    )
    await open('/batches')
    await page.getByRole('link', { name: id }).click()
    await page.getByRole('heading', { name: 'Batch' }).waitFor()
    await page.getByText('0 of 2 members ended').waitFor()
    const [one] = await albums.backend.reserve(['albums-to-come'], { lease: 30 })
    if (one) await albums.backend.ack([one])
    await page.getByText('1 of 2 members ended').waitFor()
    await press('Cancel')
    await confirm('Cancel batch')
    await says('The batch is canceled, and 1 member of it.')
    await page.getByText('All 2 members ended, 1 of them without success').waitFor()
    expect(last()).toMatchObject({ action: 'cancel-batch', queue: 'albums-to-come', ids: [id], changed: 1 })
    expect((await counts('albums-to-come')).waiting).toBe(1)
  })

  test('a schedule is run, paused and removed', async () => {
    await reports.schedule('yearly', '0 0 1 1 *').task(renderReport, 'year', { format: 'pdf', pages: 9 })
    const yearly = async () => (await reports.schedules()).find(({ id }) => id === 'yearly')
    await open('/schedules')
    await page.getByText('At 00:00, on day 1 of the month, only in January (UTC)').waitFor()
    await press('Run now: yearly')
    await says('Schedule yearly has pushed a task.')
    expect(last()).toMatchObject({ action: 'run-schedule', ids: ['yearly'], changed: 1 })
    await press('Pause: yearly')
    await page.getByRole('button', { name: 'Resume: yearly' }).waitFor()
    expect((await yearly())?.isPaused).toBe(true)
    await press('Remove: yearly')
    await confirm('Remove')
    await says('Schedule yearly is removed.')
    expect(await yearly()).toBeUndefined()
  })
})

test('hostile names, ids, errors and arguments are text, and nothing else', async () => {
  const { gator, home } = shopOf('Redis')
  const image = '<img src=x onerror="document.title=1">'
  const queue = `"><script>document.title=1</script>${image}`
  const id = `'"><svg onload=document.title=1>\u202etxt.exe`
  const call = { module: image, callable: `\u001b[31m${image}`, args: [image, 'x'.repeat(2 ** 20)] }
  await gator.backend.push(queue, id, JSON.stringify({ task_id: id, retries: 0, is_async: true, ...call }))
  const [delivery] = await gator.backend.reserve([queue], { lease: 30 })
  if (!delivery) throw new Error('There is no such task.')
  const message = `\u001b[2J${image}\u202e${'y'.repeat(2 ** 20)}`
  const reason = { code: image, message, stack: message, at: Date.now() / 1000, worker: image, attempt: 1 }
  await gator.backend.bury(delivery, reason)
  await gator.backend.pausing?.pause(queue, { reason: image })

  const window = await openWindow(browser)
  const page = await window.newPage()
  const refused: string[] = []
  page.on('console', (line) => void refused.push(line.text()))
  page.on('dialog', (dialog) => void refused.push(dialog.message()))
  const about = (name: string, more: object) =>
    `${home}#/${name}?${new URLSearchParams({ queue, ...more }).toString()}`
  for (const [address, shown] of [
    [home, image],
    [about('queue', { state: 'dead' }), image],
    [about('task', { id }), '\\u202e'],
    [about('dead', {}), image],
  ] as const) {
    await page.goto(address)
    await page.getByText(shown).first().waitFor()
    expect(await page.locator('img, #app script, svg[onload]').count()).toBe(0)
    expect(await page.title()).toContain('Alligator')
    expect((await page.content()).length).toBeLessThan(200_000)
  }
  expect(refused).toEqual([])
  await window.close()
})

test('a server that goes away and comes back is told, and what was seen stays', async () => {
  await using gator = new Gator('locmem://', { queueName: 'kept' })
  await gator.taskMany(renderReport, [['one', { format: 'pdf', pages: 1 }]])
  const page = dashboard(gator, { authorize: () => 'read' })
  const before = await serve(page.node)
  const window = await openWindow(browser)
  const tab = await window.newPage()
  await tab.goto(before.home)
  await tab.getByRole('link', { name: 'kept' }).waitFor()
  expect(await tab.getByRole('button', { name: 'Pause queue kept' }).getAttribute('aria-disabled')).toBe(
    'true',
  )
  before.close()
  await tab.getByText('The server cannot be reached.').waitFor()
  expect(await tab.getByRole('link', { name: 'kept' }).count()).toBe(1)
  const after = await serve(page.node, Number(new URL(before.home).port))
  await tab.locator('.mode.live').waitFor()
  expect(await tab.getByText('The server cannot be reached.').count()).toBe(0)
  await window.close()
  after.close()
})

test('a keyboard is enough', async () => {
  const { home } = shopOf('Redis')
  const window = await openWindow(browser)
  const page = await window.newPage()
  await page.goto(home)
  await page.getByRole('link', { name: 'mail', exact: true }).waitFor()
  await page.keyboard.type('/thumb')
  await page.getByRole('link', { name: 'mail', exact: true }).waitFor({ state: 'detached' })
  await page.keyboard.press('Tab')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'thumbnails' }).waitFor()
  await page.keyboard.type('gw')
  await page.getByRole('heading', { name: 'Workers' }).waitFor()
  await page.keyboard.type('gb')
  await page.getByRole('heading', { name: 'Batches' }).waitFor()
  await page.keyboard.type('gq')
  await page.getByRole('button', { name: 'Pause queue mail' }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  expect(await shopOf('Redis').gator.backend.pausing?.paused('mail')).toBeUndefined()
  await window.close()
})
