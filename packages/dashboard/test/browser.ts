import { type Browser, type BrowserContext, chromium } from 'playwright-core'

/** Its sandbox does not work for root, and it is to talk to nobody but our server. */
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
]

export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium', args: FLAGS })
}

export type Look = 'light' | 'dark' | 'phone'

/** A window as somebody would have it. */
export function openWindow(browser: Browser, look: Look = 'light'): Promise<BrowserContext> {
  return browser.newContext({
    colorScheme: look === 'dark' ? 'dark' : 'light',
    viewport: look === 'phone' ? { width: 390, height: 844 } : { width: 1280, height: 860 },
    deviceScaleFactor: 1,
    // The same picture each time.
    reducedMotion: 'reduce',
    locale: 'en-GB',
    timezoneId: 'UTC',
  })
}
