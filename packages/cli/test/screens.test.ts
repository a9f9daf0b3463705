import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

interface Screens {
  readonly width: number
  readonly tables: readonly string[]
  readonly help: readonly string[]
  readonly asks: readonly string[]
  readonly bare: readonly string[]
}

const HEIGHT = 44
/** So wide that nothing has to be shortened. */
const WIDE = 1000

/** One process draws all of them. */
async function drawn(widths: readonly number[]): Promise<readonly Screens[]> {
  const tsx = require.resolve('tsx', { paths: [join(__dirname, '../../core')] })
  const artist = fork(join(__dirname, 'apps/screens.mjs'), {
    execArgv: ['--import', pathToFileURL(tsx).href],
    env: { ...process.env, NO_COLOR: '1' },
  })
  artist.send(widths.map((width) => ({ width, height: HEIGHT })))
  const [screens] = (await once(artist, 'message')) as [readonly Screens[]]
  return screens
}

/** Columns of a terminal: the signs of these screens are one wide, but for Chinese ones. */
function widthOf(line: string): number {
  return Array.from(line).reduce((sum, sign) => sum + (/\p{Script=Han}/u.test(sign) ? 2 : 1), 0)
}

const cellsOf = (lines: readonly string[]) => lines.flatMap((line) => line.trim().split(/ {2,}/))
const titlesOf = (lines: readonly string[], section: string) =>
  lines[lines.findIndex((line) => line.startsWith(section)) + 1]?.trim().split(/ {2,}/) ?? []

let screens: readonly Screens[]
let widest: Screens

beforeAll(async () => {
  const narrow = Array.from({ length: 161 }, (_, at) => 40 + at)
  const all = await drawn([...narrow, WIDE])
  screens = all.slice(0, -1)
  widest = all.at(-1) as Screens
})

test('the screen of top fits every width from 40 to 200 columns', () => {
  const faults = screens.flatMap(({ width, tables, help, asks, bare }) =>
    [tables, help, asks, bare].flatMap((lines) => [
      ...lines.filter((line) => widthOf(line) > width),
      ...(lines.length === HEIGHT ? [] : [`${lines.length} lines at ${width}`]),
    ]),
  )
  expect(faults).toEqual([])
})

test('no cell is cut in the middle: numbers, states and times are whole or absent, and what is shortened says so', () => {
  const whole = new Set(cellsOf(widest.tables.slice(1)))
  const parts = ['sendReminderOfUnpaidInvoice', '42 %', 'normal', 'high']
  const cut = screens.flatMap(({ tables }) => cellsOf(tables.slice(1, -1))).filter((cell) => !whole.has(cell))
  expect(cut.length).toBeGreaterThan(1000)
  const isShort = (cell: string) => cell.includes('…') || / \+\d$/.test(cell) || parts.includes(cell)
  expect(cut.filter((cell) => !isShort(cell))).toEqual([])
  // Text may lose its end or its start, a number neither.
  expect(cut.filter((cell) => /^[\d.,%]*\d…$|^…[\d.,%]+$/.test(cell))).toEqual([])
})

test('a narrow screen leaves out what matters least, and a wider one shows never less', () => {
  const sections = ['QUEUES', 'ENDED', 'WORKERS', 'SCHEDULES', 'RUNNING', 'DEAD LETTERS']
  const needed: Readonly<Record<string, readonly string[]>> = {
    QUEUES: ['QUEUE', 'WAITING', 'DEAD', 'NOTE'],
    ENDED: ['QUEUE', 'LAST HOUR', 'FAILED'],
    WORKERS: ['WORKER', 'BUSY'],
    SCHEDULES: ['ID', 'WHEN', 'NEXT'],
    RUNNING: ['ID', 'TASK', 'WHEN'],
    'DEAD LETTERS': ['ID', 'TASK', 'ERROR'],
  }
  for (const section of sections) {
    let before: readonly string[] = []
    for (const { tables } of screens) {
      const titles = titlesOf(tables, section)
      expect(titles).toEqual(expect.arrayContaining([...(needed[section] ?? [])]))
      expect(titles).toEqual(expect.arrayContaining([...before]))
      before = titles
    }
    expect(before).toEqual(titlesOf(widest.tables, section))
  }
})

test('what runs by the store is what workers told, and what they have not told yet', () => {
  const lines = widest.tables.map((line) => line.trim())
  const cells = (pattern: RegExp) => lines.find((line) => pattern.test(line))?.split(/ {2,}/) ?? []
  // Three run on the queue, of which the worker has told one; the other that it runs is of a queue that is not shown.
  expect(cells(/^> a-queue/)[3]).toBe('3')
  expect(cells(/^a-host/).slice(0, 3)).toEqual([
    'a-host-with-a-long-name.example.com#123456',
    '2 of 10',
    'sendReminderOfUnpaidInvoice 1m, send 3.0s',
  ])
  expect(cells(/^\(untold\)/)).toEqual(['(untold)', '2'])
  expect(cells(/^00000001 +running/).slice(-3)).toEqual([
    'for 1m',
    '42 %, of 1,000 rows',
    'a-host-with-a-long-name.example.com#123456',
  ])
  expect(cells(/^00000002 +running/).at(-1)).toBe('lease 29s')
})

test('the last line names as many keys as there is room for, and a question can always be answered', () => {
  for (const { tables, help, asks } of screens) {
    expect(tables.at(-1)).toMatch(/^\? help {2}q quit/)
    expect(help.at(-1)).toMatch(/^esc back/)
    expect(asks.at(-1)).toMatch(/^Drop queue a-queue.* \[y\/N\]$/)
  }
  expect(widest.tables.at(-1)).toContain('d drop')
  expect(screens[0]?.bare.join(' ')).toContain('name them with --queue.')
})
