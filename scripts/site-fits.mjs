// `npm run docs:fits`: opens each page of the built site on a phone and on a desk, and fails where a page is wider than its window, or a
// picture is missing. With the name of a folder, it leaves pictures of each page there, by day and by night. `npm run docs` builds the site first.
import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { createServer } from 'node:http'
import { createRequire } from 'node:module'
import { extname, join } from 'node:path'
import { root } from './packages.mjs'

const { chromium } = createRequire(join(root, 'packages/dashboard/package.json'))('playwright-core')
const dist = join(root, 'docs/.vitepress/dist')
const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
  '.webp': 'image/webp',
}
const SIZES = { phone: { width: 390, height: 844 }, desk: { width: 1280, height: 900 } }
const [pictures] = process.argv.slice(2)

/** Pages without the reference, which is made, but for its beginning. */
const pages = readdirSync(dist, { recursive: true })
  .filter(
    (file) =>
      file.endsWith('.html') && (!file.startsWith('api') || file === 'api/index.html') && file !== '404.html',
  )
  .map((file) => file.replace(/(index)?\.html$/, ''))

const server = createServer(({ url }, response) => {
  const path = decodeURIComponent(new URL(url, 'http://localhost').pathname)
  const file = [path, `${path}.html`, `${path}index.html`]
    .map((name) => join(dist, name))
    .find((name) => extname(name) && existsSync(name))
  response.writeHead(file ? 200 : 404, {
    'content-type': TYPES[extname(file ?? '')] ?? 'application/octet-stream',
  })
  response.end(file && readFileSync(file))
})
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const address = `http://127.0.0.1:${server.address().port}/`

/** What does not fit: the page, or a picture that has not come. */
const look = () => ({
  over: document.documentElement.scrollWidth - innerWidth,
  missing: [...document.images]
    .filter((image) => image.complete && image.naturalWidth === 0)
    .map(({ src }) => src),
})

async function picture(tab, name) {
  for (const colorScheme of ['light', 'dark']) {
    await tab.emulateMedia({ colorScheme })
    await tab.screenshot({ path: join(pictures, `${name}-${colorScheme}.png`) })
  }
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu'],
})
if (pictures) mkdirSync(pictures, { recursive: true })
for (const [size, viewport] of Object.entries(SIZES)) {
  const tab = await browser.newPage({ viewport })
  for (const page of pages) {
    await tab.goto(`${address}${page}`, { waitUntil: 'load' })
    const { over, missing } = await tab.evaluate(look)
    const where = `/${page} (${size})`
    if (over > 0) console.log(`${where} is ${over} pixels too wide`)
    if (missing.length > 0) console.log(`${where} lacks ${missing.join(', ')}`)
    if (over > 0 || missing.length > 0) process.exitCode = 1
    if (pictures) await picture(tab, `${page.replaceAll('/', '-') || 'index'}-${size}`)
  }
  await tab.close()
}
await browser.close()
server.close()
console.log(`${pages.length} pages were looked at.`)
