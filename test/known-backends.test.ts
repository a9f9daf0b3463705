import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { KNOWN_BACKENDS } from '../packages/core/src/backend/known-backends.js'

const root = join(__dirname, '..')
const read = (...path: readonly string[]) => readFileSync(join(root, ...path), 'utf8')
const REGISTRATION = /^registerBackend\('([^']+)', (\w+)\)$/gm

/** What the packages register: scheme, class and package. */
function registrations(): string[] {
  const folders = readdirSync(join(root, 'packages')).filter((name) =>
    existsSync(join(root, 'packages', name, 'src/index.ts')),
  )
  return folders.flatMap((folder) =>
    [...read('packages', folder, 'src/index.ts').matchAll(REGISTRATION)].map(
      ([, scheme, className]) => `${scheme} ${className} @alligator/${folder}`,
    ),
  )
}

/** The rows of a document's tables whose first cell is a DSN: its scheme, and the package in the second. */
function dsnRows(...path: readonly string[]): string[] {
  return [...read(...path).matchAll(/^\| `(\w+):\/\/` +\| \[?`([^`]+)`/gm)].map(([, ...row]) => row.join(' '))
}

/** The files of every backend; beside them stands what its store alone has. */
const ROOMS = ['index', 'client', 'dsn', 'settings', 'driver', 'connection', 'stored', 'store-error']

const folderOf = (packageName: string) => packageName.replace('@alligator/', '')
const OURS = KNOWN_BACKENDS.map(({ schemes: [scheme], packageName }) => `${scheme} ${packageName}`)

test('the packages register the schemes that are known, with their classes', () => {
  const known = KNOWN_BACKENDS.flatMap(({ schemes, className, packageName }) =>
    schemes.map((scheme) => `${scheme} ${className} ${packageName}`),
  )
  expect(registrations().sort()).toEqual(known.sort())
})

test('the tables of the documents list each backend', () => {
  expect(dsnRows('README.md').sort()).toEqual(['locmem @alligator/core', ...OURS].sort())
  expect(dsnRows('packages/core/README.md').sort()).toEqual([...OURS].sort())
})

describe.each(KNOWN_BACKENDS)('$packageName', ({ packageName, driver, driverVersion }) => {
  const folder = folderOf(packageName)

  test('has its driver as a peer, of the version that is to be installed', () => {
    const { peerDependencies } = JSON.parse(read('packages', folder, 'package.json')) as {
      peerDependencies: Readonly<Record<string, string>>
    }
    expect(Object.keys(peerDependencies).sort()).toEqual(['@alligator/core', driver].sort())
    expect(peerDependencies[driver]).toMatch(new RegExp(`(^|\\|\\| )\\^${driverVersion}\\.`))
  })

  test('has the same rooms as the others', () => {
    const files = readdirSync(join(root, 'packages', folder, 'src'))
    expect(files).toEqual(expect.arrayContaining(ROOMS.map((room) => `${room}.ts`)))
  })

  test('is installed with its driver in every document that tells how', () => {
    const command = `${packageName} ${driver}`
    expect(read('docs/installing.md')).toContain(`\`npm i ${command}\``)
    for (const document of [`docs/${folder}.md`, `packages/${folder}/README.md`])
      expect(read(document)).toMatch(new RegExp(`npm install (.* )?${command}( |$)`, 'm'))
  })

  test.each(['app.mjs', 'app.cjs', 'types.mts', 'types.cts'])('is used by scripts/smoke/%s', (file) => {
    expect(read('scripts/smoke', file)).toContain(`'${packageName}'`)
  })
})
