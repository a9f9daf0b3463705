// What watching tasks costs each of them, and that without watchers nothing is paid: `node benchmarks/dist/esm/watching.js`. Followed by the
// path of another build of core, such as that of the commit before, it takes turns with that one.
import { spawnSync } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Gator, Worker } from '@alligator/core'
import { median } from './statistics.js'

type Core = typeof import('@alligator/core')
interface Watched {
  readonly gator: Gator
  readonly worker: Worker
}
interface Figures {
  /** Nanoseconds of CPU time for each task. */
  readonly cpu: number
  /** Bytes that were allocated for each task. */
  readonly bytes: number
}

const TURNS = 9
const TASKS = 30_000
/** So much that nothing is collected during a turn: what is used in the end is what was allocated. */
const FLAGS = ['--expose-gc', '--max-semi-space-size=512', '--min-semi-space-size=512']

const WATCHERS: Readonly<Record<string, (watched: Watched) => void>> = {
  nobody: () => undefined,
  'a middleware': ({ gator }) => void gator.use({ run: (_task, next) => next() }),
  'a listener': ({ worker }) => void worker.on('task:success', () => undefined),
  'a subscriber': () => subscribe('tracing:alligator:run:asyncEnd', () => undefined),
}

export function job(): void {}

async function measure(watcher: string, build: string | undefined): Promise<Figures> {
  const specifier = build === undefined ? '@alligator/core' : pathToFileURL(build).href
  const core = (await import(specifier)) as Core
  core.registerTasks('watching', { job })
  const gator = new core.Gator('locmem://')
  const newWorker = () => new core.Worker(gator, { burst: true, logger: core.silentLogger() })
  const worker = newWorker()
  WATCHERS[watcher]?.({ gator, worker })
  const fill = () =>
    gator.taskMany(
      job,
      Array.from({ length: TASKS }, (): [] => []),
    )
  // Compiled by the first one; what watches only one worker is compiled by that one.
  for (let warm = 0; warm < 3; warm += 1) {
    const before = newWorker()
    if (watcher === 'a listener') before.on('task:success', () => undefined)
    await fill()
    await before.runForever()
  }
  await fill()
  globalThis.gc?.()
  const { heapUsed } = process.memoryUsage()
  const start = process.cpuUsage()
  await worker.runForever()
  const { user, system } = process.cpuUsage(start)
  const bytes = process.memoryUsage().heapUsed - heapUsed
  return { cpu: ((user + system) * 1000) / TASKS, bytes: bytes / TASKS }
}

function turn(watcher: string, build: string | undefined): Figures {
  const words = [...FLAGS, fileURLToPath(import.meta.url), '--turn', watcher, ...(build ? [build] : [])]
  const { stdout, stderr, status } = spawnSync(process.execPath, words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as Figures
}

function compare(other: string | undefined): void {
  const contenders = [
    ...Object.keys(WATCHERS).map((watcher) => [watcher, undefined] as const),
    ...(other ? [['nobody', other] as const] : []),
  ]
  const figures = contenders.map((): Figures[] => [])
  for (let round = 0; round < TURNS; round += 1)
    for (const [at, [watcher, build]] of contenders.entries()) figures[at]?.push(turn(watcher, build))
  for (const [at, [watcher, build]] of contenders.entries()) {
    const cpu = figures[at]?.map((figure) => figure.cpu) ?? []
    const bytes = median(figures[at]?.map((figure) => figure.bytes) ?? [])
    const name = build ? `${watcher} (${build})` : watcher
    console.log(
      `${name}: CPU ${median(cpu).toFixed(0)} ns, at best ${Math.min(...cpu).toFixed(0)} ns, ${bytes.toFixed(0)} bytes`,
    )
  }
}

const [first, watcher = '', build] = process.argv.slice(2)
if (first === '--turn') console.log(JSON.stringify(await measure(watcher, build)))
else compare(first)
