import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type KnownBackend, knownBackend, messageOf } from '@alligator/core'
import { type Command, Option } from 'commander'
import { newCommand } from '../command.js'
import { UsageError } from '../failure.js'
import { type AppKind, type Manifest, kindOf, readManifest } from '../init/app-kind.js'
import { filesFor } from '../init/files.js'
import { print } from '../output.js'

/** By the usual scheme of a store: the DSN of one on this machine. */
const DSNS = {
  sqlite: 'sqlite://tasks.db',
  redis: 'redis://localhost:6379/0',
  postgres: 'postgres://localhost/app',
  beanstalk: 'beanstalk://localhost:11300',
  sqs: 'sqs://eu-central-1/',
} as const

type Store = keyof typeof DSNS

interface InitFlags {
  readonly store: Store
  readonly typescript?: true
  readonly javascript?: true
}

/** What adds packages, by the file that tells who is in use. */
const MANAGERS = [
  ['pnpm-lock.yaml', 'pnpm add', 'pnpm'],
  ['yarn.lock', 'yarn add', 'yarn'],
  ['bun.lock', 'bun add', 'bun run'],
  ['package.json', 'npm install', 'npm run'],
] as const

/** `alligator init`. */
export function initCommand(): Command {
  return newCommand('init')
    .summary('begin to use Alligator in an app')
    .description(
      'Writes a task, a gator and a test into the app in this folder, and a script that runs the worker into its package.json. ' +
        'Files that are there stay as they are.',
    )
    .addOption(
      new Option('--store <store>', 'where tasks wait')
        .choices(Object.keys(DSNS))
        .default('sqlite', 'sqlite'),
    )
    .addOption(
      new Option('--typescript', 'write TypeScript (default: as the app does)').conflicts('javascript'),
    )
    .addOption(new Option('--javascript', 'write JavaScript'))
    .action((flags: InitFlags) => init(process.cwd(), flags))
}

function init(folder: string, { store, typescript, javascript }: InitFlags): void {
  const { text, manifest } = readManifest(folder)
  const kind = kindOf(folder, manifest, typescript ? 'ts' : javascript && 'js')
  const dsn = DSNS[store]
  const backend = knownBackend(dsn)
  if (!backend) throw new TypeError(`No package is known for ${dsn}.`)
  for (const [file, content] of filesFor(kind, { dsn, packageName: backend.packageName }))
    print(`${write(join(folder, file), content) ? 'wrote' : 'kept '}  ${file}`)
  const hasScript = addScript(folder, text, manifest, kind)
  print(`${hasScript ? 'wrote' : 'kept '}  package.json: scripts.worker`)
  print('', 'Now:', ...steps(folder, kind, backend, hasScript).map((step) => `  ${step}`))
}

/** Writes a file that is not there yet. `false`: there is one. */
function write(file: string, content: string): boolean {
  if (existsSync(file)) return false
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content, { flag: 'wx' })
  } catch (error) {
    throw new UsageError(`${file} cannot be written: ${messageOf(error)}`)
  }
  return true
}

function workerOf(kind: AppKind): string {
  return `alligator worker ${gatorOf(kind)}`
}

function gatorOf(kind: AppKind): string {
  return `./${path(kind)}gator.${kind.language}`
}

/** What stands before the names of its files. */
function path({ source }: AppKind): string {
  return source === '.' ? '' : `${source}/`
}

function addScript(folder: string, text: string, manifest: Manifest, kind: AppKind): boolean {
  if (manifest.scripts?.['worker'] !== undefined) return false
  const worker = workerOf(kind)
  // Line ends as they were.
  const end = text.includes('\r\n') ? '\r\n' : '\n'
  const changed = { ...manifest, scripts: { ...manifest.scripts, worker } }
  const indent = /^[ \t]+/m.exec(text)?.[0] ?? '  '
  writeFileSync(
    join(folder, 'package.json'),
    `${JSON.stringify(changed, undefined, indent)}\n`.replaceAll('\n', end),
  )
  return true
}

function steps(folder: string, kind: AppKind, backend: KnownBackend, hasScript: boolean): readonly string[] {
  const [, add, run] = MANAGERS.find(([file]) => existsSync(join(folder, file))) ?? MANAGERS[3]
  const { packageName, driver, driverVersion } = backend
  const isTyped = kind.language === 'ts'
  return [
    `${add} @alligator/core @alligator/cli ${packageName} ${driver}@${driverVersion}`,
    ...(isTyped ? [`${add} ${add.startsWith('npm') ? '--save-dev' : '-D'} tsx typescript @types/node`] : []),
    isTyped ? 'node --import tsx --test test/tasks.test.ts' : 'node --test test/tasks.test.js',
    `npx alligator enqueue ${path(kind)}tasks#sendWelcome '["ada@example.com"]' --conn ${gatorOf(kind)}`,
    hasScript ? `${run} worker` : `npx ${workerOf(kind)}`,
  ]
}
