import { transformSync } from '@swc/core'
import { execFileSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

interface Followed {
  readonly page: string
  readonly language: string
  readonly files: Readonly<Record<string, string>>
}

const example = join(__dirname, '..')
const script = join(example, '../../scripts/follow.mjs')

const node = (...args: string[]) =>
  execFileSync(process.execPath, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 200_000,
  })

const followed = JSON.parse(node(script, '--files')) as readonly Followed[]

function filesOf(page: string, language: string): Readonly<Record<string, string>> {
  const found = followed.find((one) => one.page === page && one.language === language)
  return found?.files ?? {}
}

/** What the compiler makes of it, so that types, comments and line breaks are gone. */
const plain = (code: string | undefined) =>
  transformSync(code ?? '', {
    jsc: { parser: { syntax: 'typescript' }, target: 'es2022', preserveAllComments: false },
  }).code.replaceAll(/\s+/g, ' ')

it('has the files that the page ends with, as they are', () => {
  const source = readdirSync(join(example, 'src'))
  const files = source.map((file) => [`src/${file}`, readFileSync(join(example, 'src', file), 'utf8')])
  expect(filesOf('tutorial', 'TypeScript')).toEqual(Object.fromEntries(files))
})

it.each(['tutorial', 'first-task'])(
  'the JavaScript of docs/%s.md is its TypeScript without the types',
  (page) => {
    const typed = Object.entries(filesOf(page, 'TypeScript'))
    const untyped = filesOf(page, 'JavaScript')
    expect(typed.length).toBeGreaterThan(2)
    const bare = typed.map(([file, code]) => [file.replace(/\.ts$/, '.js'), plain(code)])
    expect(Object.entries(untyped).map(([file, code]) => [file, plain(code)])).toEqual(bare)
  },
)

it('can be followed word for word', () => {
  expect(node(script, 'tutorial', 'JavaScript', '--workspace')).toContain('alligator dashboard')
}, 200_000)
