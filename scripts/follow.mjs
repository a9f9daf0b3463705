// `npm run test:pages`: follows the pages that are to be typed along, word for word, from an empty folder, in TypeScript and in JavaScript, with
// the packages as they would be published. Files are written, diffs applied, commands run, and what a page shows must be printed.
// `node scripts/follow.mjs tutorial JavaScript --workspace` follows one page on the packages of this checkout, and `--files` only prints, as JSON,
// the files that result.
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import { packAll, root, temporaryFolder } from './packages.mjs'
import { freePort, run } from './process.mjs'

const { find } = createRequire(import.meta.url)('../testbed/files/places.cjs')

const LANGUAGES = ['TypeScript', 'JavaScript']
const FENCE = /^```(?<kind>\w+)(?: \[(?<label>\w+)\])?[^\n]*\n(?<text>.*?)^```$/gms
/** Commands that go on until they are stopped. */
const LASTING = /\b(server\.[jt]s|alligator worker|alligator dashboard)\b/
/** Seconds that anything may take to be printed. */
const PATIENCE = 60

/** The blocks of a page that are for a reader of one language. */
const blocksOf = (page, language) =>
  [...readFileSync(join(root, `docs/${page}.md`), 'utf8').matchAll(FENCE)]
    .map(({ groups }) => groups)
    .filter(({ label }) => label === undefined || label === language || !LANGUAGES.includes(label))

/** An id, the rest of a line that is left out, or a number and its unit. */
const VARIES = /([\da-f]{8}-[\da-f-]{27})|(…)|(?<![\w-])\d[\d,]*(?:\.\d+)?(?:ms|[smhd]\b)?/g

/** What a line of a page says, whatever the ids, numbers and times. */
function pattern(line) {
  const parts = []
  let end = 0
  const literal = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(/\s+/g, '\\s+')
  for (const match of line.trim().matchAll(VARIES)) {
    const [text, id, gap] = match
    parts.push(literal(line.trim().slice(end, match.index)))
    parts.push(id ? '[\\da-f-]{36}' : gap ? '.*?' : '\\d[\\d.,]*(?:ms|[smhd])?')
    end = match.index + text.length
  }
  return new RegExp([...parts, literal(line.trim().slice(end))].join(''))
}

/** The files that a page makes, block by block. */
class Files {
  all = new Map()

  /** What a block has made or changed: pairs of a path and what is in there now. */
  read(kind, text) {
    const [, file, code] = /^\/\/ file: (\S+)\n(.*)$/s.exec(kind === 'diff' ? '' : text) ?? []
    const changed = kind === 'diff' ? [this.#patched(text)] : file === undefined ? [] : [[file, code]]
    for (const [path, now] of changed) this.all.set(path, now)
    return changed
  }

  /** A diff says where by its context alone, which one file has. */
  #patched(text) {
    const lines = text.split('\n').filter((line) => line !== '')
    const side = (other) =>
      lines
        .filter((line) => !line.startsWith(other))
        .map((line) => `${line.slice(1)}\n`)
        .join('')
    const [before, after] = [side('+'), side('-')]
    const files = [...this.all].filter(([, code]) => code.includes(before))
    if (files.length !== 1) throw new Error(`${files.length} files have what this changes:\n${text}`)
    const [[file, code]] = files
    return [file, code.replace(before, () => after)]
  }
}

class Reader {
  #folder
  #env
  #port
  #files = new Files()
  #lasting = new Map()
  #printed = ''
  /** Where in what was printed the last commands began. */
  #mark = 0

  constructor(folder, env, port) {
    this.#folder = folder
    this.#env = { ...env, PORT: String(port), NO_COLOR: '1' }
    this.#port = port
  }

  async follow({ kind, text }) {
    for (const [file, code] of this.#files.read(kind, text)) this.#save(file, code)
    if (kind === 'text') await this.#expect(text)
    else if (kind === 'sh') await this.#type(text.trim().split('\n'))
  }

  #save(file, code) {
    const path = join(this.#folder, file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, code)
  }

  async end() {
    for (const kind of [...this.#lasting.keys()]) await this.#stop(kind)
  }

  async #type(lines) {
    this.#mark = this.#printed.length
    for (const line of lines) {
      const command = line.replaceAll('localhost:3000', `localhost:${this.#port}`)
      const [, name, value] = /^export (\w+)=(\S+)$/.exec(command) ?? []
      if (name !== undefined) this.#env[name] ??= value
      else if (LASTING.test(command)) await this.#start(command)
      else if (!/^(mkdir|npm (init|install))\b/.test(command)) await this.#run(command)
    }
  }

  #spawn(command) {
    const child = spawn(command, { cwd: this.#folder, env: this.#env, shell: true, detached: true })
    const started = { child, hasPrinted: false, ended: undefined }
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => {
        this.#printed += text
        started.hasPrinted = true
      })
    started.ended = new Promise((resolve) => child.once('close', (code) => resolve(code)))
    children.add(child)
    return started
  }

  async #run(command) {
    console.log(`  $ ${command}`)
    const { ended } = this.#spawn(command)
    const code = await ended
    if (code !== 0) throw this.#problem(`${command} ended with ${code}`)
  }

  /** A command of a kind that runs already is a new start of it. */
  async #start(command) {
    const [kind] = LASTING.exec(command)
    await this.#stop(kind)
    console.log(`  $ ${command} &`)
    const whole = kind === 'alligator dashboard' ? `${command} --port ${await freePort()}` : command
    const started = this.#spawn(whole)
    this.#lasting.set(kind, started)
    // Each says first that it is ready, or why it is not.
    await this.#until(() => started.hasPrinted, `${command} prints nothing`)
  }

  async #stop(kind) {
    const { child, ended } = this.#lasting.get(kind) ?? {}
    if (child === undefined) return
    this.#lasting.delete(kind)
    signal(child, 'SIGINT')
    await ended
  }

  async #expect(text) {
    for (const line of text.split('\n').filter((line) => line.trim() !== '')) {
      const expected = pattern(line)
      await this.#until(
        () => expected.test(this.#printed.slice(this.#mark)),
        `the page has a line that is not printed:\n${line}`,
      )
    }
  }

  async #until(holds, otherwise) {
    const end = Date.now() + PATIENCE * 1000
    while (!holds()) {
      if (Date.now() > end) throw this.#problem(otherwise)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  #problem(reason) {
    return new Error(`${reason}\n\nPrinted since:\n${this.#printed.slice(this.#mark)}`)
  }
}

const children = new Set()
process.once('exit', () => children.forEach((child) => signal(child, 'SIGKILL')))

function signal({ pid }, name) {
  try {
    process.kill(-pid, name)
  } catch {
    // It has ended.
  }
}

/** An empty app with what the page installs: links to this checkout, or the packages that were packed. */
async function makeApp(page, blocks, packed) {
  const app = temporaryFolder(page)
  if (packed === undefined) {
    writeFileSync(join(app, 'package.json'), JSON.stringify({ name: page, type: 'module' }))
    symlinkSync(join(root, 'examples/tutorial/node_modules'), join(app, 'node_modules'))
    return app
  }
  const commands = blocks
    .filter(({ kind }) => kind === 'sh')
    .flatMap(({ text }) => text.trim().split('\n'))
    .filter((line) => /^npm (init|install)\b/.test(line))
  for (const command of commands) await must(withTarballs(command, packed), app)
  return app
}

/** Those that the command line is built on come along, since no registry has them yet. */
const withTarballs = (command, packed) =>
  command.replaceAll(/@alligator\/(\w+)/g, (name) =>
    [name, ...(name === '@alligator/cli' ? ['@alligator/dashboard', '@alligator/prometheus'] : [])]
      .map((one) => packed.find(({ manifest }) => manifest.name === one).tarball)
      .join(' '),
  )

async function must(command, cwd) {
  console.log(`  $ ${command}`)
  const { ok, output } = await run(['sh', '-c', command], { cwd })
  if (!ok) throw new Error(`${command} failed:\n${output}`)
}

async function withRedis(use) {
  const port = await freePort()
  const server = spawn(find('redis-server'), ['--port', `${port}`, '--bind', '127.0.0.1', '--save', ''], {
    stdio: 'ignore',
    detached: true,
  })
  children.add(server)
  try {
    return await use({ ALLIGATOR_CONN: `redis://127.0.0.1:${port}/0` })
  } finally {
    server.kill()
  }
}

async function follow(page, language, packed, more = {}) {
  console.log(`docs/${page}.md, in ${language}`)
  const blocks = blocksOf(page, language)
  const app = await makeApp(page, blocks, packed)
  const bin = join(app, 'node_modules/.bin')
  // npx asks npm first where it is to find what it runs; here it runs what it would find.
  if (!existsSync(join(bin, 'npx'))) writeNpx(app)
  const { ALLIGATOR_CONN: _, ...own } = process.env
  const env = { ...own, ...more, PATH: [join(app, '.npx'), bin, process.env.PATH].join(delimiter) }
  const reader = new Reader(app, env, await freePort())
  try {
    for (const block of blocks) await reader.follow(block)
  } finally {
    await reader.end()
  }
}

function writeNpx(app) {
  mkdirSync(join(app, '.npx'))
  writeFileSync(join(app, '.npx/npx'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 })
}

/** What a page makes, without running anything. */
function filesOf(page, language) {
  const files = new Files()
  for (const { kind, text } of blocksOf(page, language)) files.read(kind, text)
  return Object.fromEntries(files.all)
}

const has = (flag) => process.argv.includes(flag)
const words = process.argv.slice(2).filter((word) => !word.startsWith('-'))
const wanted = ['tutorial', 'first-task']
  .flatMap((page) => LANGUAGES.map((language) => [page, language]))
  .filter((pair) => words.every((word) => pair.includes(word)))

if (has('--files'))
  console.log(
    JSON.stringify(wanted.map(([page, language]) => ({ page, language, files: filesOf(page, language) }))),
  )
else {
  const packed = has('--workspace') ? undefined : await packAll()
  for (const [page, language] of wanted)
    if (page === 'first-task') await withRedis((env) => follow(page, language, packed, env))
    else await follow(page, language, packed)
}
