import { features } from 'node:process'
import {
  COMMONJS_TASKS,
  type Files,
  Strangers,
  TASKS,
  produceCommonJs,
  produceModule,
  references,
  workCommonJs,
  workModule,
} from './function-ref-apps.js'

let strangers: Strangers
beforeAll(() => (strangers = new Strangers(['tsx'])))
afterAll(() => strangers.remove())

const DONE = {
  plain: 'plain done',
  arrow: 'arrow done',
  renamed: 'renamed done',
  default: 'default done',
  one: '1 done',
  two: '2 done',
}
const REFUSED = [
  'Mailer',
  'each',
  'method',
  'closure',
  'hidden',
  'bound',
  'native',
  'proxy',
  'inline',
  'evaluated',
]

/** The own names that tell: nobody has named the others. */
const NAMES: Readonly<Record<string, string>> = { plain: 'plain', arrow: 'arrow', renamed: 'inner' }
/** CommonJS gives no name to a function that is assigned to a property. */
const COMMONJS_NAMES: Readonly<Record<string, string>> = { renamed: 'inner' }

const named = (module: string, names: Readonly<Record<string, string>>) =>
  Object.fromEntries(
    Object.keys(DONE).map((callable) => {
      const name = names[callable]
      return [callable, name === undefined ? { module, callable } : { module, callable, name }]
    }),
  )

const typed = (source: string) =>
  source.replaceAll('(word)', '(word: string)').replaceAll('(number)', '(number: number)')

const MODULE = { 'package.json': { type: 'module' } }
const COMMONJS = { 'package.json': { type: 'commonjs' } }
const TYPELESS = { 'package.json': {} }
const TSX = ['--import', 'tsx']

/** Whether this Node.js runs TypeScript by itself. */
const stripsTypes = Boolean((features as { typescript?: unknown }).typescript)

interface Format {
  readonly files: Files
  /** What Node.js is told before the script. */
  readonly args?: readonly string[]
}

const FORMATS: Record<string, Format> = {
  'ES modules': {
    files: {
      ...MODULE,
      'src/tasks.js': TASKS,
      'produce.js': produceModule('./src/tasks.js'),
      'work.js': workModule,
    },
  },
  CommonJS: {
    files: {
      ...COMMONJS,
      'src/tasks.js': COMMONJS_TASKS,
      'produce.js': produceCommonJs("require('./src/tasks.js')"),
      'work.js': workCommonJs,
    },
  },
  'ES modules that import CommonJS tasks': {
    files: {
      ...MODULE,
      'src/tasks.cjs': COMMONJS_TASKS,
      'produce.js': produceModule('./src/tasks.cjs').replace('* as all', 'all'),
      'work.js': workModule,
    },
  },
  'CommonJS that imports tasks of a module with top-level await': {
    files: {
      ...COMMONJS,
      'src/tasks.mjs': `await 0\n${TASKS}`,
      'produce.js': produceCommonJs("await import('./src/tasks.mjs')"),
      'work.js': workCommonJs,
    },
  },
  'ES modules that only their syntax tells': {
    files: {
      ...TYPELESS,
      'src/tasks.js': TASKS,
      'produce.js': produceModule('./src/tasks.js'),
      'work.js': workModule,
    },
  },
  'TypeScript as ES modules, through tsx': {
    files: {
      ...MODULE,
      'src/tasks.ts': typed(TASKS),
      'produce.ts': produceModule('./src/tasks.js'),
      'work.ts': workModule,
    },
    args: TSX,
  },
  'TypeScript as CommonJS, through tsx': {
    files: {
      ...COMMONJS,
      'src/tasks.ts': typed(TASKS),
      'produce.ts': produceModule('./src/tasks'),
      'work.ts': workModule,
    },
    args: TSX,
  },
  'TypeScript modules required by CommonJS, through tsx': {
    files: {
      ...COMMONJS,
      'src/tasks.mts': typed(TASKS),
      'produce.cts': produceCommonJs("await import('./src/tasks.mjs')"),
      'work.cts': workCommonJs,
    },
    args: TSX,
  },
  ...(stripsTypes && {
    'TypeScript, its types stripped by Node.js': {
      files: {
        ...MODULE,
        'src/tasks.ts': typed(TASKS),
        'produce.ts': produceModule('./src/tasks.ts'),
        'work.ts': workModule,
      },
    },
  }),
}

const script = (files: Files, name: string) =>
  Object.keys(files).find((path) => path.startsWith(name)) ?? name

describe.each(Object.entries(FORMATS))('%s', (name, { files, args = [] }) => {
  test('a worker process runs what a producer process refers to', async () => {
    const app = strangers.app(name.replaceAll(/\W+/g, '-'), files)
    const produced = await strangers.produce(app, [...args, script(files, 'produce')])
    const isCommonJs = Object.values(files).includes(COMMONJS_TASKS)
    expect(references(produced)).toEqual(named('src/tasks', isCommonJs ? COMMONJS_NAMES : NAMES))
    for (const refused of REFUSED)
      expect(produced[refused]).toMatchObject({ code: 'UNREFERENCEABLE_FUNCTION' })
    const worked = await strangers.work(app, [...args, script(files, 'work')], references(produced))
    expect(worked).toEqual({ ...DONE, loads: 1 })
  })
})
