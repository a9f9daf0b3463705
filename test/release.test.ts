import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

const root = join(__dirname, '..')
const copy = mkdtempSync(join(tmpdir(), 'alligator-release-'))
const names = readdirSync(join(root, 'packages'))
const examples = readdirSync(join(root, 'examples')).filter((name) =>
  existsSync(join(root, 'examples', name, 'package.json')),
)

afterAll(() => rmSync(copy, { recursive: true, force: true }))

function versionsIn(checkout: string): string[] {
  const manifests = names.map((name) =>
    readFileSync(join(checkout, 'packages', name, 'package.json'), 'utf8'),
  )
  return manifests.map((text) => (JSON.parse(text) as { version: string }).version)
}

const NOT_COPIED = new Set(['node_modules', 'dist', 'test', '.next'])

interface Manifest {
  readonly description?: string
  readonly keywords?: readonly string[]
  readonly engines?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

function read(checkout: string, folder: string): Manifest {
  return JSON.parse(readFileSync(join(checkout, folder, 'package.json'), 'utf8')) as Manifest
}

/** Our packages that an example depends on, and in which versions. */
function oursIn(checkout: string, example: string): [name: string, range: string][] {
  const { dependencies, devDependencies } = read(checkout, `examples/${example}`)
  return Object.entries({ ...dependencies, ...devDependencies }).filter(([name]) =>
    name.startsWith('@alligator/'),
  )
}

/** What a copy would have of its own, without its tests. */
function filesIn(example: string): string[] {
  const own = readdirSync(example, { withFileTypes: true }).filter(({ name }) => !NOT_COPIED.has(name))
  return own.flatMap((entry) => {
    if (!entry.isDirectory()) return [entry.name]
    const within = readdirSync(join(example, entry.name), { recursive: true, encoding: 'utf8' })
    return within.map((file) => join(entry.name, file))
  })
}

/** What a release reads, as a checkout of its own: the changelogs name commits. */
function makeCheckout(): void {
  const manifests = names.map((name) => `packages/${name}/package.json`)
  // Nobody publishes the testbed, though its name is like theirs.
  const apart = ['testbed/package.json', ...examples.map((name) => `examples/${name}/package.json`)]
  const files = ['package.json', 'pnpm-workspace.yaml', '.prettierrc', '.changeset', 'scripts']
  for (const file of [...files, ...manifests, ...apart])
    cpSync(join(root, file), join(copy, file), { recursive: true })
  const git = (...args: string[]) =>
    execFileSync(
      'git',
      ['-c', 'user.name=A', '-c', 'user.email=a@example.org', '-c', 'commit.gpgSign=false', ...args],
      { cwd: copy },
    )
  git('init', '--quiet')
  git('add', '.')
  git('commit', '--quiet', '--message', 'All')
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
}

test('a release takes all packages to one version, with changelogs, and is no major one by accident', () => {
  makeCheckout()
  execFileSync(process.execPath, [join(copy, 'scripts/release-version.mjs')], { cwd: copy })
  const [before = ''] = versionsIn(root)
  const [after = '', ...others] = versionsIn(copy)
  expect(new Set(others)).toEqual(new Set([after]))
  expect(after.split('.')[0]).toBe(before.split('.')[0])
  if (after === before) return
  const changelogs = names.map((name) => readFileSync(join(copy, 'packages', name, 'CHANGELOG.md'), 'utf8'))
  for (const changelog of changelogs) expect(changelog).toContain(`\n## ${after}\n`)
  for (const [name, range] of examples.flatMap((example) => oursIn(copy, example)))
    expect([name, range]).toEqual([name, `^${after}`])
})

/** A folder that is copied out has nothing around it, and nothing but npm to get its packages from. */
test.each(examples)('the example %s can be copied out of the checkout', (example) => {
  const { dependencies = {}, devDependencies = {} } = read(root, `examples/${example}`)
  const ranges = Object.values({ ...dependencies, ...devDependencies })
  expect(ranges.filter((range) => !/^[~^]?\d+\.\d+\.\d+$/.test(range))).toEqual([])
  const folder = join(root, 'examples', example)
  const code = filesIn(folder).filter((file) => /\.[cm]?[jt]sx?$/.test(file))
  expect(code.length).toBeGreaterThan(0)
  for (const file of code) {
    const text = readFileSync(join(folder, file), 'utf8')
    const imported = [...text.matchAll(/(?:from|import|import\(|require\() ?'([^']+)'/g)].map(
      ([, name]) => name ?? '',
    )
    expect(
      imported
        .filter((name) => name.startsWith('.'))
        .map((name) => relative(folder, join(folder, file, '..', name))),
    ).toEqual(expect.not.arrayContaining([expect.stringMatching(/^\.\./)]))
    const packages = imported
      .filter((name) => !name.startsWith('.') && !name.startsWith('node:'))
      .map((name) => name.split('/', name.startsWith('@') ? 2 : 1).join('/'))
    expect(packages.filter((name) => !(name in dependencies) && !(name in devDependencies))).toEqual([])
  }
})

describe.each(names)('what npm shows of %s', (name) => {
  const manifest = read(root, `packages/${name}`)
  const home = 'https://github.com/alligator-queue/alligator'

  test('leads back to its folder', () => {
    expect(manifest).toMatchObject({
      homepage: `${home}/tree/main/packages/${name}#readme`,
      bugs: `${home}/issues`,
      repository: { type: 'git', url: `git+${home}.git`, directory: `packages/${name}` },
      license: 'BSD-3-Clause',
      engines: read(root, '.').engines,
      publishConfig: { access: 'public' },
    })
    expect(manifest.keywords).toEqual(expect.arrayContaining(['task-queue', 'job-queue', 'typescript']))
    expect(manifest.description?.length).toBeGreaterThan(20)
  })

  test('has no link that only works in a checkout', () => {
    const readme = readFileSync(join(root, 'packages', name, 'README.md'), 'utf8')
    const links = [...readme.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link)
    expect(links.filter((link) => !/^(?:https:|#)/.test(link ?? ''))).toEqual([])
  })
})

test('what runs in a workflow cannot be changed by whoever moves a tag', () => {
  const folder = join(root, '.github/workflows')
  const text = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'))
  const used = text.flatMap((workflow) => workflow.match(/(?<=uses: ).*/g) ?? [])
  expect(used.length).toBeGreaterThan(0)
  expect(used.filter((action) => !/^[\w-]+\/[\w-]+@[0-9a-f]{40} # v[\d.]+$/.test(action))).toEqual([])
})
