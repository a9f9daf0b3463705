import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type AnyFunction, type FunctionRef, FunctionRefs } from '../src/index.js'

/** An app of CommonJS modules in a folder of its own, which this process both produces for and works for. */
export class TemporaryApp {
  readonly root: string = realpathSync(mkdtempSync(join(tmpdir(), 'alligator-')))

  /** @param manifest its package.json. */
  constructor(manifest: object = { name: 'the-app' }) {
    this.write('package.json', JSON.stringify(manifest))
  }

  write(path: string, content: string): string {
    const file = join(this.root, path)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
    return file
  }

  /** Makes a symbolic link within it. */
  link(target: string, path: string): void {
    mkdirSync(dirname(join(this.root, path)), { recursive: true })
    symlinkSync(target, join(this.root, path))
  }

  /** Writes a module and gives what it exports. */
  load(path: string, content: string): Record<string, AnyFunction> {
    const file = this.write(path, content)
    return createRequire(file)(file) as Record<string, AnyFunction>
  }

  refs(allow?: readonly string[]): FunctionRefs {
    return new FunctionRefs({ root: this.root, ...(allow && { allow }) })
  }

  find(fn: AnyFunction | undefined, allow?: readonly string[]): FunctionRef {
    return this.refs(allow).find(fn as AnyFunction)
  }

  /** Loads a function as a worker that has just started. */
  async follow(module: string, callable = 'job', allow?: readonly string[]): Promise<AnyFunction> {
    return this.refs(allow).load({ module, callable })
  }

  remove(): void {
    rmSync(this.root, { recursive: true })
  }
}

/** Matches an error by its code. */
export const code = (name: string): Error => expect.objectContaining({ code: name }) as Error
