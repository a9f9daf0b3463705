// Functions that no environment makes tasks of: files of the app, and words of the way out.
import { esm } from './apps.mjs'

const node = (...args) => ['node', ...args]

export const FUNCTIONS = [
  [
    'Functions',
    'a closure',
    esm(
      `const make = (m) => function send(n) { globalThis.ran = n + m }\nexport const holder = { send: make(1) }`,
      `import { holder } from './src/tasks.js'\nconst { send } = holder`,
    ),
    node('main.js'),
    'It is a closure within make',
  ],
  [
    'Functions',
    'a method',
    esm(
      `export const mailer = { send(n) { globalThis.ran = n } }`,
      `import { mailer } from './src/tasks.js'\nconst { send } = mailer`,
    ),
    node('main.js'),
    'It is a method',
  ],
  [
    'Functions',
    'a function that its file does not export',
    esm('', `const send = () => 1`),
    node('main.js'),
    'Export it there by name',
  ],
  [
    'Functions',
    'a bound function',
    esm(undefined, `import { send as own } from './src/tasks.js'\nconst send = own.bind(null)`),
    node('main.js'),
    'Export a function that calls it',
  ],
  [
    'Functions',
    'one that a package has wrapped',
    esm(
      undefined,
      `import { send as own } from './src/tasks.js'\nimport pRetry from 'lodash.debounce'\nconst send = pRetry(own)`,
    ),
    node('main.js'),
    'Export a function of your own that calls it',
  ],
  [
    'Functions',
    'a class',
    esm(`export class Mailer {}`, `import { Mailer as send } from './src/tasks.js'`),
    node('main.js'),
    'Export a function that makes the instance',
  ],
  [
    'Functions',
    'a generator',
    esm(`export function* each() {}`, `import { each as send } from './src/tasks.js'`),
    node('main.js'),
    'Export a function that iterates over it',
  ],
  [
    'Functions',
    '`eval`',
    esm(undefined, `const send = new Function('return 1')`),
    node('main.js'),
    'Put it into a file',
  ],
]
