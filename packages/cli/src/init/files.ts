import type { AppKind } from './app-kind.js'

/** A new file of an app: its path, with slashes, and its text. */
export type NewFile = readonly [path: string, text: string]

/** The store that an app begins with. */
export interface Start {
  readonly dsn: string
  readonly packageName: string
}

/** A task, the gator that it goes through, and a test of it. */
export function filesFor(kind: AppKind, start: Start): readonly NewFile[] {
  const source = kind.source === '.' ? '' : `${kind.source}/`
  const { language } = kind
  return [
    [`${source}tasks.${language}`, tasks(kind)],
    [`${source}gator.${language}`, gator(kind, start)],
    [`test/tasks.test.${language}`, test(kind, `../${source}tasks.js`)],
  ]
}

function tasks({ language, isModule }: AppKind): string {
  const text = `/** A task is a function that its module exports. What it is given is stored as JSON until a worker runs it. */
${isModule ? 'export ' : ''}async function sendWelcome(email${language === 'ts' ? ': string' : ''})${language === 'ts' ? ': Promise<string>' : ''} {
  console.log(\`Welcome, \${email}!\`)
  return email
}
`
  return isModule ? text : `${text}\nmodule.exports = { sendWelcome }\n`
}

function gator({ isModule }: AppKind, { dsn, packageName }: Start): string {
  const made = `new Gator(process.env.ALLIGATOR_CONN ?? '${dsn}', {
  defaults: { retries: 5 },
})`
  const comment = `/**
 * Puts work on the queue: await gator.task(sendWelcome, 'ada@example.com')
 * A worker runs it: npm run worker
 */`
  if (!isModule)
    return `const { Gator } = require('@alligator/core')
require('${packageName}')

${comment}
exports.gator = ${made}
`
  return `import { Gator } from '@alligator/core'
import '${packageName}'

${comment}
export const gator = ${made}
`
}

function test({ isModule }: AppKind, path: string): string {
  const imports: readonly (readonly [string, string])[] = [
    ['assert', 'node:assert/strict'],
    ['{ test }', 'node:test'],
    ['{ assertQueued, drain, testGator }', '@alligator/core/testing'],
    ['{ sendWelcome }', path],
  ]
  const lines = imports.map(([what, from]) =>
    isModule ? `import ${what} from '${from}'` : `const ${what} = require('${from}')`,
  )
  return `${lines.join('\n')}

test('a welcome is queued, and sent', async () => {
  const gator = testGator()
  await gator.task(sendWelcome, 'ada@example.com')
  await assertQueued(gator, sendWelcome, ['ada@example.com'])
  const [task] = await drain(gator)
  assert.equal(task?.result, 'ada@example.com')
})
`
}
