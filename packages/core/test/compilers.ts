import { spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const core = join(__dirname, '..')
const types = join(core, '../../node_modules/@types')
const resolve = createRequire(join(core, 'package.json')).resolve

/** The oldest TypeScript that we support, and the newest. */
export type Compiler = 'typescript-oldest' | 'typescript-newest'

/** A tsc that hangs must not hang the tests. */
const LIMIT = 120_000

const ERROR = /^(?<place>[^(\n]+)\((?<line>\d+),\d+\): error TS\d+: (?<text>[^]*)$/

/** An app that has installed the built core: it sees the declarations that are published, and no source. */
export class ConsumerApp implements Disposable {
  readonly folder: string = realpathSync(mkdtempSync(join(tmpdir(), 'alligator-types-')))

  constructor() {
    mkdirSync(join(this.folder, 'node_modules/@alligator'), { recursive: true })
    symlinkSync(core, join(this.folder, 'node_modules/@alligator/core'))
    symlinkSync(types, join(this.folder, 'node_modules/@types'))
    this.write('package.json', JSON.stringify({ name: 'the-app', type: 'module' }))
    cpSync(join(__dirname, 'fixtures/types'), this.folder, { recursive: true })
  }

  read(file: string): string {
    return readFileSync(join(this.folder, file), 'utf8')
  }

  write(file: string, content: string): void {
    writeFileSync(join(this.folder, file), content)
  }

  /** Runs tsc on files, and gives what it printed. */
  compile(compiler: Compiler, files: readonly string[], options: object, ...args: string[]): string {
    const modules = { target: 'ES2022', module: 'NodeNext', types: ['node'] }
    const compilerOptions = { ...modules, noEmit: true, strict: true, ...options }
    this.write('tsconfig.json', JSON.stringify({ compilerOptions, files }))
    const bin = join(resolve(`${compiler}/package.json`), '../bin/tsc')
    const ran = spawnSync(process.execPath, [bin, '--pretty', 'false', ...args], {
      cwd: this.folder,
      encoding: 'utf8',
      timeout: LIMIT,
    })
    return ran.error ? String(ran.error) : `${ran.stdout}${ran.stderr}`.trim()
  }

  /** Everything that a compiler says about files, by `file:line`. */
  errors(compiler: Compiler, files: readonly string[], options: object): Map<string, string> {
    const said = new Map<string, string>()
    const output = this.compile(compiler, files, { skipLibCheck: false, ...options })
    for (const error of output === '' ? [] : output.split(/\n(?! )/)) {
      const { place = '', line = '', text = error } = ERROR.exec(error)?.groups ?? {}
      said.set(`${place}:${line}`, `${said.get(`${place}:${line}`) ?? ''}${text}`)
    }
    return said
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true })
  }
}
