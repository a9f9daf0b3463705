import { once } from 'node:events'
import { type IncomingMessage, get } from 'node:http'
import { App } from './app.js'

const LINK = /http:\/\/127\.0\.0\.1:\d+\/\?link=[\w-]+/g

test('alligator dashboard lets in one browser for each link that it prints, and nobody else', async () => {
  await using app = new App()
  const process = app.alligator('dashboard', app.dsn, '--port', '0', '--read-only')
  await process.prints('Ctrl-C ends it.')
  const [link = ''] = process.stdout.match(LINK) ?? []
  const { origin } = new URL(link)
  const ask = async (path: string, cookie = '', init: RequestInit = {}) => {
    const headers = { 'content-type': 'application/json', cookie }
    const answer = await fetch(origin + path, { redirect: 'manual', headers, ...init })
    return {
      status: answer.status,
      text: await answer.text(),
      cookie: answer.headers.get('set-cookie') ?? '',
    }
  }
  for (const path of ['/', '/api/overview', '/?link=guessed']) expect((await ask(path)).status).toBe(403)

  const path = link.slice(origin.length)
  // A name of somebody else's that leads here: it neither uses up the link nor is given the cookie.
  const byName = async (host: string) => {
    const [answer] = (await once(get(link, { headers: { host } }), 'response')) as [IncomingMessage]
    answer.resume()
    return [answer.statusCode, answer.headers['set-cookie']]
  }
  for (const host of ['attacker.test', 'localhost.attacker.test', '10.0.0.1'])
    expect([host, ...(await byName(host))]).toEqual([host, 421, undefined])
  const entered = await ask(path)
  expect([entered.status, entered.cookie]).toEqual([303, expect.stringMatching(/; HttpOnly; SameSite=Lax$/)])
  const [cookie] = entered.cookie.split(';')
  expect((await ask('/', cookie)).text).toContain('<title>Alligator</title>')
  expect((await ask('/api/overview', cookie)).status).toBe(200)
  const body = JSON.stringify({ action: 'pause', queue: 'all' })
  expect((await ask('/api/act', cookie, { method: 'POST', body })).text).toContain('READ_ONLY')
  expect((await ask(path)).status).toBe(403)

  await process.prints('For another browser: http')
  const [, second = ''] = process.stdout.match(LINK) ?? []
  expect((await ask(second.slice(origin.length))).status).toBe(303)

  process.child.kill('SIGTERM')
  expect([await process.ends(), process.stderr]).toEqual([0, ''])
})
