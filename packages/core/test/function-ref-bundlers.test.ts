import { cpSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { FunctionRef } from '../src/index.js'
import { Strangers } from './function-ref-apps.js'

// Real bundlers build an app, which enqueues, and then build it once more with a few functions added, for its workers.

const core = join(__dirname, '..')
const strangers = new Strangers()
afterAll(() => strangers.remove())

/** What each task of the app gives. */
const GIVEN: Readonly<Record<string, string>> = {
  sendWelcome: 'sendWelcome',
  sendInvoice: 'sendInvoice',
  s: 's',
  daily: 'report of the day',
  fallback: 'default',
  cleanup: 'cleanup of tasks',
  closeAccount: 'close',
}
const TASKS = Object.keys(GIVEN)

type Answers<T> = Readonly<Record<string, Readonly<Record<string, T>>>>
/** A reference, or why there is none. */
type Referred = FunctionRef & { readonly code?: string; readonly message?: string }
/** As the app comes, and once it has called `registerTasks`. */
type Both<T> = Readonly<Record<'bare' | 'registered', T>>

/** How the tasks of a build are found. */
const TASKS_OF = `
  import { readdirSync } from 'node:fs'
  export async function tasksOf(when, way) {
    const entry = readdirSync(when + '/' + way).find((file) => file.startsWith('web.'))
    const { tasks, default: all } = await import('./' + when + '/' + way + '/' + entry)
    return tasks ?? all.tasks
  }`

/** Finds a reference for each task of every build. */
const PRODUCE = `
  import { readdirSync } from 'node:fs'
  import { FunctionRefs, registerTasks } from '@alligator/core'
  import { tasksOf } from './tasks-of.js'
  const answers = { bare: {}, registered: {} }
  async function find(answers, way) {
    const refs = new FunctionRefs({ root: 'before/' + way })
    answers[way] = {}
    for (const [name, fn] of Object.entries(await tasksOf('before', way))) {
      try { answers[way][name] = refs.find(fn) } catch ({ code, message }) { answers[way][name] = { code, message } }
    }
  }
  const ways = readdirSync('before')
  for (const way of ways) await find(answers.bare, way)
  for (const way of ways) registerTasks(way, await tasksOf('before', way))
  for (const way of ways) await find(answers.registered, way)
  console.log(JSON.stringify(answers))`

/** Follows them into the build of its argument. */
const WORK = `
  import { FunctionRefs, registerTasks } from '@alligator/core'
  import { tasksOf } from './tasks-of.js'
  const [when, produced] = process.argv.slice(2)
  const { bare, registered } = JSON.parse(produced)
  async function follow(found) {
    const answers = {}
    for (const [way, tasks] of Object.entries(found)) {
      const refs = new FunctionRefs({ root: when + '/' + way })
      answers[way] = {}
      for (const [name, ref] of Object.entries(tasks)) {
        if (ref.module === undefined) continue
        try { answers[way][name] = await (await refs.load(ref))() } catch ({ code }) { answers[way][name] = code }
      }
    }
    return answers
  }
  const answers = { bare: await follow(bare) }
  for (const way of Object.keys(registered)) registerTasks(way, await tasksOf(when, way))
  answers.registered = await follow(registered)
  console.log(JSON.stringify(answers))`

const GOES_BACK = ['UNKNOWN_MODULE', 'UNKNOWN_CALLABLE', 'OTHER_FUNCTION']

/** What becomes of the tasks of each build: letters in the order of TASKS. */
function outcomes(produced: Answers<Referred>, worked: Answers<string>): Record<string, string> {
  const letter = (way: string, name: string): string => {
    if (produced[way]?.[name]?.code === 'UNREFERENCEABLE_FUNCTION') return '-'
    const answer = worked[way]?.[name] ?? 'no answer'
    return answer === GIVEN[name] ? 'R' : GOES_BACK.includes(answer) ? 'u' : `WRONG(${answer})`
  }
  return Object.fromEntries(
    Object.keys(produced).map((way) => [way, TASKS.map((name) => letter(way, name)).join('')]),
  )
}

/** All are refused when they are enqueued. */
const REFUSED = '-------'
/** Each runs. */
const RUNS = 'RRRRRRR'
/** Each runs but the one that may be either of two: that one goes back. */
const BUT_THE_TWIN = 'RRRRRuR'
/** Each runs but `s`, which looks like what a minifier makes up. */
const BUT_THE_SHORT = 'RR-RRRR'

/** By bundler and what it was told; `shared` is a chunk that keeps its name, whatever it holds. */
const OUTCOMES: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  rollup: {
    rollup: REFUSED,
    'rollup shared': REFUSED,
    'rollup shared minified': REFUSED,
    'rollup shared long exports': BUT_THE_TWIN,
    'rollup shared commonjs': BUT_THE_TWIN,
    'rollup, tasks are an entry': RUNS,
    'rollup, tasks are an entry, minified': BUT_THE_SHORT,
    'rollup, modules preserved': RUNS,
  },
  vite: {
    vite: REFUSED,
    'vite minified': REFUSED,
    'vite shared': REFUSED,
    'vite shared minified': REFUSED,
  },
  esbuild: {
    esbuild: REFUSED,
    'esbuild minified': REFUSED,
    'esbuild shared': BUT_THE_TWIN,
    'esbuild shared minified': REFUSED,
    'esbuild shared short variables': REFUSED,
    'esbuild, file by file, minified': BUT_THE_SHORT,
    'esbuild, file by file, minified commonjs': BUT_THE_SHORT,
  },
  tsup: {
    tsup: REFUSED,
    'tsup minified': REFUSED,
    'tsup, tasks are an entry': REFUSED,
    'tsup commonjs': REFUSED,
  },
}

describe.each(Object.keys(OUTCOMES))('%s', (bundler) => {
  let produced: Both<Answers<Referred>>
  let folder: string

  beforeAll(async () => {
    folder = strangers.app(bundler, {
      'package.json': { type: 'module' },
      'tasks-of.js': TASKS_OF,
      'produce.js': PRODUCE,
      'work.js': WORK,
    })
    cpSync(join(__dirname, 'fixtures/bundlers'), join(folder, 'sources'), { recursive: true })
    symlinkSync(join(core, 'node_modules'), join(folder, 'sources/node_modules'))
    for (const when of ['before', 'after'])
      await strangers.run(folder, ['sources/build.mjs', `sources/${when}`, when, bundler])
    produced = (await strangers.runJson(folder, ['produce.js'])) as typeof produced
  })

  const work = async (when: string): Promise<Both<Record<string, string>>> => {
    const answers = await strangers.runJson(folder, ['work.js', when, JSON.stringify(produced)])
    const { bare, registered } = answers as Both<Answers<string>>
    return { bare: outcomes(produced.bare, bare), registered: outcomes(produced.registered, registered) }
  }

  test('what a build enqueues its own workers run', async () => {
    expect(Object.values((await work('before')).bare).join('')).toMatch(/^[-R]+$/)
  })

  test('the workers of the next build run no other function in its place, and all that is registered', async () => {
    const { bare, registered } = await work('after')
    expect(bare).toEqual(OUTCOMES[bundler])
    expect([...new Set(Object.values(registered))]).toEqual([RUNS])
  })

  test('what is refused is told how to go on', () => {
    const refused = Object.values(produced.bare).flatMap(({ sendWelcome }) => sendWelcome?.message ?? [])
    for (const message of refused)
      expect(message).toMatch(/registerTasks\('emails', \{ \w+ \}\), in the producer and in the worker/)
  })
})

/** `RR-RRuR` in words, as `npm run test:bundlers` counts. */
function counted(letters: string): string {
  const count = (letter: string, what: string): string[] => {
    const { length } = letters.replaceAll(new RegExp(`[^${letter}]`, 'g'), '')
    return length > 0 ? [`${length} ${what}`] : []
  }
  return [...count('-', 'refused'), ...count('R', 'ran'), ...count('u', 'went back')].join(', ')
}

test('the page about bundles says the same', () => {
  const page = readFileSync(join(core, '../../docs/bundles.md'), 'utf8')
  const cells = page.split('\n').map((line) => line.split('|').map((cell) => cell.trim()))
  const rows = cells
    .filter(([, , second]) => /^\d \w+/.test(second ?? ''))
    .map(([, way, as]) => `${way}: ${as}`)
  const ways = Object.values(OUTCOMES).flatMap((outcome) => Object.entries(outcome))
  expect(rows).toEqual(ways.map(([way, letters]) => `${way}: ${counted(letters)}`))
})
