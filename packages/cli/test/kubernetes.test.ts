import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { TemporaryFolder, promtool } from '@alligator/testbed'
import type { Command } from 'commander'
import { parseAllDocuments } from 'yaml'
import { metricsCommand } from '../src/commands/metrics.js'
import { workerCommand } from '../src/commands/worker.js'
import { healthRoutes } from '../src/health.js'
import { Shutdown } from '../src/shutdown.js'

const ROOT = join(__dirname, '../../..')
const FOLDER = join(ROOT, 'examples/kubernetes')
/** Seconds that a worker may need after its `--shutdown-timeout`, to hand back and to close. */
const AFTERWARDS = 15

interface Probe {
  readonly httpGet?: { readonly path: string; readonly port: number | string }
}
interface Container {
  readonly command: readonly string[]
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[]
  readonly resources: { readonly limits: { readonly memory: string } }
  readonly startupProbe?: Probe
  readonly livenessProbe?: Probe
  readonly readinessProbe?: Probe
}
interface Pod {
  readonly containers: readonly [Container]
  readonly terminationGracePeriodSeconds?: number
}
interface Resource {
  readonly kind: string
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly template?: {
      readonly metadata: { readonly annotations?: Record<string, string> }
      readonly spec: Pod
    }
    readonly scaleTargetRef?: { readonly name: string }
    readonly triggers?: readonly { readonly metadata: { readonly query: string } }[]
  }
}

function resourcesIn(text: string): Resource[] {
  return parseAllDocuments(text).map((document) => {
    expect(document.errors).toEqual([])
    return document.toJS() as Resource
  })
}

const example = (file: string) => readFileSync(join(FOLDER, file), 'utf8')
const page = readFileSync(join(ROOT, 'docs/deploying.md'), 'utf8')
const blocks = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text = '']) => text)
const deployments = [example('worker.yaml'), example('metrics.yaml'), ...blocks]
  .flatMap(resourcesIn)
  .filter(({ kind }) => kind === 'Deployment')

const COMMANDS: Readonly<Record<string, (shutdown: Shutdown) => Command>> = {
  worker: workerCommand,
  metrics: metricsCommand,
}

/** What the command makes of the words that the container is started with. */
function started({ command: words }: Container): Readonly<Record<string, unknown>> {
  const [program, name = '', ...args] = words
  expect(program).toBe('node_modules/.bin/alligator')
  const command = COMMANDS[name]?.(new Shutdown()).exitOverride()
  expect(command?.parseOptions(args).unknown).toEqual([])
  return command?.opts() ?? {}
}

const portOf = (options: Readonly<Record<string, unknown>>, flag: string) =>
  (options[flag] as { readonly port: number } | undefined)?.port

describe.each(deployments.map((deployment) => [deployment.metadata.name, deployment] as const))(
  'the deployment of %s',
  (_name, { spec: { template } }) => {
    const pod = template?.spec as Pod
    const [container] = pod.containers
    const options = started(container)

    test('is started with options that the command has, and ends when it should', () => {
      const grace = pod.terminationGracePeriodSeconds ?? 30
      const shutdown = (options['shutdownTimeout'] as number | undefined) ?? 30
      const needed = container.command.includes('worker') ? shutdown + AFTERWARDS : 0
      expect(grace).toBeGreaterThanOrEqual(needed)
      const limit = Number(/^(\d+)Mi$/.exec(container.resources.limits.memory)?.[1]) * 2 ** 20
      expect(limit).toBeGreaterThan((options['maxMemory'] as number | undefined) ?? 0)
    })

    test('is probed where it answers, and its metrics are read where they are', () => {
      const ports = new Map(container.ports?.map(({ name, containerPort }) => [name, containerPort]))
      const { startupProbe, livenessProbe, readinessProbe } = container
      const probes = [startupProbe, livenessProbe, readinessProbe]
      for (const httpGet of probes.flatMap((probe) => probe?.httpGet ?? [])) {
        const port = typeof httpGet.port === 'string' ? ports.get(httpGet.port) : httpGet.port
        expect(port).toBe(portOf(options, 'healthPort'))
        expect(Object.keys(healthRoutes(() => undefined))).toContain(httpGet.path)
      }
      const scraped = template?.metadata.annotations?.['prometheus.io/port']
      const served = portOf(options, 'metricsPort') ?? portOf(options, 'port')
      expect(scraped).toBe(served === undefined ? undefined : String(served))
    })
  },
)

test('what scales is a deployment that there is, by a query that Prometheus understands, of metrics that are served', () => {
  const [scaled] = resourcesIn(example('scaled-object.yaml'))
  expect(deployments.map(({ metadata }) => metadata.name)).toContain(scaled?.spec.scaleTargetRef?.name)
  const queries = scaled?.spec.triggers?.map(({ metadata }) => metadata.query) ?? []
  expect(queries).toHaveLength(1)
  using folder = new TemporaryFolder('scaling')
  const rules = queries.map((expr) => ({ record: 'scaling', expr }))
  writeFileSync(folder.file('rules.yml'), JSON.stringify({ groups: [{ name: 'scaling', rules }] }))
  promtool(['check', 'rules', folder.file('rules.yml')])
  const told = readFileSync(join(ROOT, 'docs/telemetry-reference.md'), 'utf8')
  for (const name of queries.join().match(/\balligator_\w+/g) ?? []) expect(told).toContain(`| \`${name}\``)
})
