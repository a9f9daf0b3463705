// Formats and lints what is staged, and nothing else. Git runs it before each commit once you have said
// `git config core.hooksPath .githooks`; see CONTRIBUTING.md.
import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { root } from './packages.mjs'

const CODE = /\.[cm]?[jt]s$/

const git = (...args) => execFileSync('git', args, { cwd: root, encoding: 'utf8' })
const filesOf = (...args) =>
  git('diff', '--name-only', '-z', ...args)
    .split('\0')
    .filter(Boolean)

/** Runs a tool of the workspace on files; one that finds something wrong, or is not installed, ends the commit. */
function tool(name, flags, files) {
  if (files.length === 0) return
  const command = join(root, 'node_modules/.bin', name)
  const { status, stdout, stderr, error } = spawnSync(command, [...flags, ...files], {
    cwd: root,
    encoding: 'utf8',
  })
  if (status === 0) return
  console.error(error ? `${name} is not installed. Run: npm test` : `${stdout}${stderr}`)
  process.exit(1)
}

const staged = filesOf('--cached', '--diff-filter=ACMR')
const changedSince = new Set(filesOf())
// To format a file that is staged in part would stage the rest of it, too.
const whole = staged.filter((file) => !changedSince.has(file))

tool('prettier', ['--write', '--ignore-unknown', '--no-error-on-unmatched-pattern'], whole)
if (whole.length > 0) git('add', '--', ...whole)
tool(
  'oxlint',
  ['--type-aware', '--no-error-on-unmatched-pattern'],
  staged.filter((file) => CODE.test(file)),
)
