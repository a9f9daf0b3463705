import type { Page } from 'playwright-core'

/** For pictures: what somebody would see who has looked for an hour. It runs in the browser, before the page. */
export function imagineAnHour(): void {
  const parse = JSON.parse
  const wave = (at: number, height: number, length: number) =>
    height * (1 + Math.sin(at / length) * 0.5 + Math.sin(at / 7) * 0.12)
  JSON.parse = (text: string, ...more: unknown[]): unknown => {
    const view = (parse as (...all: unknown[]) => unknown)(text, ...more) as Record<string, unknown> | null
    const history = view?.['history'] as Record<string, (number | null)[]> | undefined
    if (!view || !history) return view
    const now = Number(view['at'])
    const at = Array.from({ length: 240 }, (_, index) => now - (239 - index) * 15)
    // The present moment may not have been looked at yet.
    const last = (name: string) => history[name]?.filter((value) => value !== null).at(-1) ?? 0
    const column = (name: string, length: number) =>
      at.map(
        (_, index) =>
          Math.round(wave(239 - index, last(name), length) * (index === 239 ? 0 : 1)) || last(name),
      )
    view['history'] = {
      ...{
        at,
        waiting: column('waiting', 31),
        running: column('running', 11),
        delayed: column('delayed', 60),
      },
      ...{
        dead: at.map((_, index) => Math.round((last('dead') * (160 + index)) / 400)),
        rate: at.map(() => null),
      },
    }
    const minutes = Array.from({ length: 60 }, (_, index) => Math.floor(now / 60 - 59 + index) * 60)
    if (view['ended'])
      view['ended'] = {
        at: minutes,
        succeeded: minutes.map((_, index) => Math.round(wave(index * 3, 90, 21))),
        failed: minutes.map((_, index) => Math.round(wave(index * 5, 4, 9))),
      }
    if (view['team']) {
      view['team'] = { ...(view['team'] as object), rate: 1.6 }
    }
    const queues = (view['queues'] ?? []) as {
      waiting: number
      running: number
      dead: number
      trend: number[]
      hour: { tried: number; failed: number; mean: number }
    }[]
    for (const [index, queue] of queues.entries()) {
      queue.trend = Array.from({ length: 60 }, (_, point) =>
        Math.round(wave(59 - point + index * 13, queue.waiting + queue.running, 9 + index)),
      )
      const tried = Math.round(queue.trend.reduce((total, count) => total + count, 0) * 0.32)
      queue.hour = { tried, failed: Math.min(tried, queue.dead * 7), mean: 0.2 }
    }
    if (queues.length > 0)
      view['hour'] = queues.reduce(
        (sum, { hour }) => ({ ...sum, tried: sum.tried + hour.tried, failed: sum.failed + hour.failed }),
        { tried: 0, failed: 0, mean: 0.2 },
      )
    return view
  }
}

/** A picture of a page, a third as large as the browser would make it by itself. */
export async function pictureOf(page: Page): Promise<Buffer> {
  const shot = (await page.screenshot()).toString('base64')
  const maker = await page.context().newPage()
  const made = await maker.evaluate<string>(`(async () => {
    const image = new Image()
    image.src = 'data:image/png;base64,${shot}'
    await image.decode()
    const canvas = document.createElement('canvas')
    Object.assign(canvas, { width: image.width, height: image.height })
    canvas.getContext('2d').drawImage(image, 0, 0)
    return canvas.toDataURL('image/webp', 0.88)
  })()`)
  await maker.close()
  return Buffer.from(made.slice(made.indexOf(',') + 1), 'base64')
}
