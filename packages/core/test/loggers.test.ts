import { Writable } from 'node:stream'
import { pino } from 'pino'
import { createLogger, format, transports } from 'winston'
import { Gator, type Logger, Worker, registerTasks } from '../src/index.js'

type Line = Readonly<Record<string, unknown>>

/** Loggers as their users make them, and the lines that they write from then on. */
const LOGGERS = {
  pino(level: string, lines: Line[]) {
    return pino({ level }, { write: (line: string) => lines.push(JSON.parse(line)) })
  },
  winston(level: string, lines: Line[]) {
    const stream = new Writable({
      write(line, _encoding, done) {
        lines.push(JSON.parse(String(line)))
        done()
      },
    })
    return createLogger({ level, format: format.json(), transports: [new transports.Stream({ stream })] })
  },
} satisfies Record<string, (level: string, lines: Line[]) => Logger>

const percent = (): string => '100 %s'
beforeAll(() => registerTasks('loggers', { percent }))

async function linesOf(make: (level: string, lines: Line[]) => Logger, level: string): Promise<Line[]> {
  const lines: Line[] = []
  await using gator = new Gator('locmem://')
  await gator.task(percent)
  await new Worker(gator, { burst: true, logger: make(level, lines) }).runForever()
  return lines
}

describe.each(Object.entries(LOGGERS))('a logger of %s', (_name, make) => {
  test('gets the facts of each event as fields, beside its message', async () => {
    const lines = await linesOf(make, 'info')
    const line = lines.find(({ event }) => event === 'task:success')
    expect(line).toMatchObject({ queue: 'all', taskId: expect.any(String), seconds: expect.any(Number) })
    expect(String(line?.['msg'] ?? line?.['message'])).toContain('percent')
    expect(lines.some(({ event }) => event === 'task:start')).toBe(false)
  })

  test('gets the lines of the level debug where it wants them', async () => {
    const lines = await linesOf(make, 'debug')
    expect(lines.some(({ event }) => event === 'task:start')).toBe(true)
    expect(lines.find(({ result }) => result !== undefined)).toMatchObject({ result: "'100 %s'" })
  })
})

test('no line is put together for a pino that leaves its level out', async () => {
  const logger = pino({ level: 'warn' }, { write: () => undefined })
  const debug = jest.spyOn(logger, 'debug')
  const info = jest.spyOn(logger, 'info')
  await using gator = new Gator('locmem://')
  await gator.task(percent)
  await new Worker(gator, { burst: true, logger }).runForever()
  expect([debug, info].map((method) => method.mock.calls.length)).toEqual([0, 0])
})
