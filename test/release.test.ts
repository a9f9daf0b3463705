import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(__dirname, '..')
const copy = mkdtempSync(join(tmpdir(), 'alligator-release-'))
const names = readdirSync(join(root, 'packages'))

afterAll(() => rmSync(copy, { recursive: true, force: true }))

function versionsIn(checkout: string): string[] {
  const manifests = names.map((name) =>
    readFileSync(join(checkout, 'packages', name, 'package.json'), 'utf8'),
  )
  return manifests.map((text) => (JSON.parse(text) as { version: string }).version)
}

/** What a release reads, as a checkout of its own: the changelogs name commits. */
function makeCheckout(): void {
  const manifests = names.map((name) => `packages/${name}/package.json`)
  // Nobody publishes the testbed, though its name is like theirs.
  const apart = ['testbed/package.json']
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
})
