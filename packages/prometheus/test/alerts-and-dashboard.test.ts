import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Gator, Worker, silentLogger } from '@alligator/core'
import { TemporaryFolder, promtool } from '@alligator/testbed'
import { metricsHandler, workerMetrics } from '../src/index.js'
import { fail, quick } from './tasks.js'

const ALERTS = join(__dirname, '../alerts.yml')
const DASHBOARD = join(__dirname, '../dashboard.json')

/** All that the queues and a worker answer while some of everything is there. */
async function answers(): Promise<string> {
  await using gator = new Gator('locmem://')
  const worker = new Worker(gator, { burst: true, logger: silentLogger() })
  const { read } = workerMetrics(worker)
  await gator.taskMany(quick, [[], []])
  await gator.options({ retries: 1, backoff: 0 }).task(fail)
  await worker.runForever()
  await gator.task(quick)
  const queues = await metricsHandler(gator)()
  return (await queues.text()) + (await read())
}

interface Target {
  readonly expr: string
}
interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly Target[] }[]
}

/** What the panels ask, as Grafana would. */
function asked(): string[] {
  const { panels } = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as Dashboard
  const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
  return expressions.map((expr) => expr.replaceAll('$__rate_interval', '5m').replaceAll('$queue', '.*'))
}

test('what is answered is found well-formed, with a help and a type for each metric', async () => {
  expect(promtool(['check', 'metrics'], await answers())).toBe('')
})

test('the alerts fire when they should, and not before', () => {
  expect(promtool(['test', 'rules', join(__dirname, 'alerts.test.yml')])).toContain('SUCCESS')
})

test('what the panels ask can be understood', () => {
  const rules = asked().map((expr, at) => ({ record: `panel:${at}`, expr }))
  using folder = new TemporaryFolder('panels')
  const file = folder.file('panels.yml')
  // JSON is YAML.
  writeFileSync(file, JSON.stringify({ groups: [{ name: 'panels', rules }] }))
  expect(promtool(['check', 'rules', file])).toContain(`${rules.length} rules found`)
})

test('alerts and panels ask for what is answered, and for nothing else', async () => {
  const answered = await answers()
  const wanted = new Set([...asked(), readFileSync(ALERTS, 'utf8')].join(' ').match(/\balligator_\w+/g))
  expect(wanted.size).toBeGreaterThan(10)
  for (const name of wanted) expect(answered).toMatch(new RegExp(`^${name}[{ ]`, 'm'))
})
