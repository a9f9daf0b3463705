import { cpSync, symlinkSync } from 'node:fs'
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

/** Finds a reference for each task of every build. */
const PRODUCE = `
  import { readdirSync } from 'node:fs'
  import { FunctionRefs } from '@alligator/core'
  const answers = {}
  for (const way of readdirSync('before')) {
    const entry = readdirSync('before/' + way).find((file) => file.startsWith('web.'))
    const { tasks, default: all } = await import('./before/' + way + '/' + entry)
    const refs = new FunctionRefs({ root: 'before/' + way })
    answers[way] = {}
    for (const [name, fn] of Object.entries(tasks ?? all.tasks)) {
      try { answers[way][name] = refs.find(fn) } catch ({ code, message }) { answers[way][name] = { code, message } }
    }
  }
  console.log(JSON.stringify(answers))`

/** Follows them into the build of its argument. */
const WORK = `
  import { FunctionRefs } from '@alligator/core'
  const [when, produced] = process.argv.slice(2)
  const answers = {}
  for (const [way, tasks] of Object.entries(JSON.parse(produced))) {
    const refs = new FunctionRefs({ root: when + '/' + way })
    answers[way] = {}
    for (const [name, ref] of Object.entries(tasks)) {
      if (ref.module === undefined) continue
      try { answers[way][name] = await (await refs.load(ref))() } catch ({ code }) { answers[way][name] = code }
    }
  }
  console.log(JSON.stringify(answers))`

const GOES_BACK = ['UNKNOWN_MODULE', 'UNKNOWN_CALLABLE', 'OTHER_FUNCTION']

/** What becomes of the tasks of a build: letters in the order of TASKS. */
function outcomes(
  produced: Readonly<Record<string, Referred>>,
  worked: Readonly<Record<string, string>>,
): string {
  const letters = TASKS.map((name) => {
    if (produced[name]?.code === 'UNREFERENCEABLE_FUNCTION') return '-'
    const answer = worked[name] ?? 'no answer'
    return answer === GIVEN[name] ? 'R' : GOES_BACK.includes(answer) ? 'u' : `WRONG(${answer})`
  })
  return letters.join('')
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
  let produced: Answers<Referred>
  let folder: string

  beforeAll(async () => {
    folder = strangers.app(bundler, {
      'package.json': { type: 'module' },
      'produce.js': PRODUCE,
      'work.js': WORK,
    })
    cpSync(join(__dirname, 'fixtures/bundlers'), join(folder, 'sources'), { recursive: true })
    symlinkSync(join(core, 'node_modules'), join(folder, 'sources/node_modules'))
    for (const when of ['before', 'after'])
      await strangers.run(folder, ['sources/build.mjs', `sources/${when}`, when, bundler])
    produced = (await strangers.runJson(folder, ['produce.js'])) as Answers<Referred>
  })

  const work = async (when: string) => {
    const worked = (await strangers.runJson(folder, [
      'work.js',
      when,
      JSON.stringify(produced),
    ])) as Answers<string>
    return Object.fromEntries(
      Object.entries(produced).map(([way, refs]) => [way, outcomes(refs, worked[way] ?? {})]),
    )
  }

  test('what a build enqueues its own workers run', async () => {
    expect(Object.values(await work('before')).join('')).toMatch(/^[-R]+$/)
  })

  test('the workers of the next build run no other function in its place', async () => {
    expect(await work('after')).toEqual(OUTCOMES[bundler])
  })

  test('what is refused is told how to go on', () => {
    const refused = Object.values(produced).flatMap(({ sendWelcome }) => sendWelcome?.message ?? [])
    for (const message of refused)
      expect(message).toMatch(/registerTasks\('emails', \{ \w+ \}\), in the producer and in the worker/)
  })
})
