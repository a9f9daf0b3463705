import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const example = join(__dirname, '..')
const LATERGATOR = join(example, 'node_modules/@alligator/cli/dist/esm/latergator.js')

const folder = mkdtempSync(join(tmpdir(), 'alligator-web-app-'))
const children: ChildProcess[] = []
let browser: Browser
let home: string

function start(...args: string[]): ChildProcess {
  const env = { ...process.env, SOSOCIAL_DB: join(folder, 'sosocial.sqlite3'), PORT: '0' }
  const child = spawn(process.execPath, args, { cwd: example, env, stdio: ['ignore', 'pipe', 'ignore'] })
  children.push(child)
  return child
}

async function stop(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  return (await ended)[0] as unknown
}

beforeAll(async () => {
  const server = start('server.js')
  const [line] = (await once(server.stdout ?? server, 'data')) as [Buffer]
  home = /http:\S+/.exec(String(line))?.[0] ?? ''
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium'
  // Its sandbox does not work for root, and it is to talk to nobody but our server.
  const args = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--disable-component-update',
  ]
  browser = await chromium.launch({ executablePath, args })
})

afterAll(async () => {
  await browser?.close()
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

test('a post is there at once, and its e-mails go out before the eyes of its author', async () => {
  const page = await browser.newPage()
  await page.goto(home)
  await page.fill('textarea', 'Hello <b>alligators</b>')
  await page.click('button')
  await page.waitForURL(/posts\/\d+$/)
  expect(await page.textContent('blockquote')).toBe('Hello <b>alligators</b>')
  expect(await page.textContent('output')).toBe('0 of 12 e-mails sent')

  const worker = start(LATERGATOR, './gator.js')
  await page.waitForFunction(`document.querySelectorAll('li.sent').length >= 3`)
  await page.waitForFunction(`document.querySelector('output').textContent === '12 of 12 e-mails sent'`)
  expect(await page.locator('li.sent').count()).toBe(12)
  expect(await page.textContent('li:last-child')).toBe('Mosent at attempt 4')
  await page.waitForFunction(`document.querySelectorAll('#counts .none').length === 4`)
  expect(await stop(worker)).toBe(0)

  await page.click('.queue')
  await page.waitForSelector('h1')
  expect(new URL(page.url()).pathname).toBe('/queues')
})

test('a post without text is refused', async () => {
  const response = await fetch(`${home}posts`, {
    method: 'POST',
    body: new URLSearchParams({ message: ' ' }),
  })
  expect(response.status).toBe(400)
})

test('the server stops when it is told to', async () => {
  const [server] = children
  expect(server && (await stop(server))).toBe(0)
})
