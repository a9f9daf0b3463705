import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { FunctionRef } from '../src/index.js'

const core = dirname(__dirname)
const root = join(core, '../..')

/** Files by path; a file in `src/` is written as text, package.json and the like as objects. */
export type Files = Readonly<Record<string, string | object>>

/** What a producer printed for each name: a reference, or the error that it met. */
export type Produced = Readonly<Record<string, FunctionRef & { code?: string; message?: string }>>

/** Functions in the shapes that people export them in, as an ES module. */
export const TASKS = `
export function plain(word) { return 'plain ' + word }
export const arrow = async (word) => 'arrow ' + word
const inner = (word) => 'renamed ' + word
export { inner as renamed }
export default function (word) { return 'default ' + word }
const make = (number) => (word) => number + ' ' + word
export const one = make(1)
export const two = make(2)
export class Mailer { send() {} }
export function* each() {}
export const holder = { method() {} }
export const closure = () => () => 1
function hidden() {}
export const hiddenOne = { hidden }
globalThis.loads = (globalThis.loads ?? 0) + 1
`

/** The same as CommonJS. */
export const COMMONJS_TASKS = `
exports.plain = (word) => 'plain ' + word
exports.arrow = async (word) => 'arrow ' + word
const inner = (word) => 'renamed ' + word
exports.renamed = inner
exports.default = function (word) { return 'default ' + word }
const make = (number) => (word) => number + ' ' + word
exports.one = make(1)
exports.two = make(2)
exports.Mailer = class Mailer { send() {} }
exports.each = function* () {}
exports.holder = { method() {} }
exports.closure = () => () => 1
function hidden() {}
exports.hiddenOne = { hidden }
globalThis.loads = (globalThis.loads ?? 0) + 1
`

const produce = (tasks: string) => `
async function main() {
  const tasks = ${tasks}
  const refs = new FunctionRefs()
  const attempt = (fn) => {
    try { return refs.find(fn) } catch ({ code, message }) { return { code, message } }
  }
  const { holder, closure, hiddenOne, ...exported } = tasks
  const others = {
    method: holder.method, closure: closure(), hidden: hiddenOne.hidden, bound: tasks.plain.bind(null), native: Math.max,
    proxy: new Proxy(tasks.plain, {}), inline: () => 1, evaluated: new Function('return 1'),
  }
  const answers = Object.entries({ ...exported, ...others }).map(([name, fn]) => [name, attempt(fn)])
  console.log(JSON.stringify(Object.fromEntries(answers)))
}
void main()
`

const WORK = `
async function main() {
  const refs = new FunctionRefs()
  const answers = {}
  for (const [name, ref] of Object.entries(JSON.parse(process.argv[2]))) {
    try { answers[name] = await (await refs.load(ref))('done') }
    catch (error) { answers[name] = error.code + ': ' + error.message }
  }
  console.log(JSON.stringify({ ...answers, loads: globalThis.loads }))
}
void main()
`

const IMPORTS = `import { FunctionRefs } from '@alligator/core'\n`
const REQUIRES = `const { FunctionRefs } = require('@alligator/core')\n`

/** A producer that tries everything in a module of tasks, which it imports statically. */
export const produceModule = (tasks: string): string =>
  `import * as all from '${tasks}'\n${IMPORTS}${produce('all')}`
/** The same in CommonJS, told how it comes by the tasks. */
export const produceCommonJs = (tasks: string): string => REQUIRES + produce(tasks)

/** A worker that loads each reference of its first argument and calls it. */
export const workModule: string = IMPORTS + WORK
export const workCommonJs: string = REQUIRES + WORK

/** A folder with apps of strangers, who installed the built package. */
export class Strangers {
  readonly folder: string = realpathSync(mkdtempSync(join(tmpdir(), 'alligator-')))

  /** @param tools packages of this workspace that the apps may use besides. */
  constructor(tools: readonly string[] = []) {
    const installed = join(this.folder, 'node_modules/@alligator/core')
    cpSync(builtCore(), join(installed, 'dist'), { recursive: true })
    cpSync(join(core, 'package.json'), join(installed, 'package.json'))
    for (const name of ['es-module-lexer', 'ms', 'picomatch', ...tools]) this.#link(name)
  }

  #link(name: string): void {
    const from = [core, root]
      .map((folder) => join(folder, 'node_modules', name))
      .find((path) => existsSync(path))
    if (from === undefined) throw new Error(`${name} is not installed in this workspace.`)
    symlinkSync(realpathSync(from), join(this.folder, 'node_modules', name))
  }

  /** Writes an app and gives its folder. */
  app(name: string, files: Files): string {
    const folder = join(this.folder, name)
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content))
    }
    return folder
  }

  /** Runs Node.js in an app and gives what it printed; it fails with all that was printed. */
  run(folder: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
    const { PATH, HOME } = process.env
    return new Promise((resolve, reject) => {
      const options = { cwd: folder, env: { PATH, HOME, NO_COLOR: '1', ...env }, timeout: 25_000 }
      execFile(process.execPath, args, options, (error, stdout, stderr) =>
        error
          ? reject(new Error(`${args.join(' ')}: ${error.message}\n${stdout}\n${stderr}`))
          : resolve(stdout),
      )
    })
  }

  /** The same for programs that print one line of JSON as their last. */
  async runJson(folder: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<unknown> {
    const output = await this.run(folder, args, env)
    return JSON.parse(output.trim().split('\n').at(-1) ?? '')
  }

  produce(folder: string, args: readonly string[], env?: NodeJS.ProcessEnv): Promise<Produced> {
    return this.runJson(folder, args, env) as Promise<Produced>
  }

  /** Starts a worker with references as its last argument. */
  work(
    folder: string,
    args: readonly string[],
    refs: object,
    env?: NodeJS.ProcessEnv,
  ): Promise<Record<string, unknown>> {
    return this.runJson(folder, [...args, JSON.stringify(refs)], env) as Promise<Record<string, unknown>>
  }

  remove(): void {
    rmSync(this.folder, { recursive: true })
  }
}

function builtCore(): string {
  const dist = join(core, 'dist')
  if (!existsSync(dist)) throw new Error('Run `npm run build` first: these tests install the built package.')
  return dist
}

/** The references among what a producer printed. */
export function references(produced: Produced): Record<string, FunctionRef> {
  return Object.fromEntries(Object.entries(produced).filter(([, { module }]) => module !== undefined))
}
