import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '@alligator/core'
import { UsageError } from '../failure.js'

/** What an app is written in, as far as new files of it depend on that. */
export interface AppKind {
  readonly language: 'ts' | 'js'
  /** Whether its files are ES modules. */
  readonly isModule: boolean
  /** The folder of its code within its own, such as `src`; `.` where it has none. */
  readonly source: string
}

/** A package.json, as far as it is read here. */
export interface Manifest {
  readonly type?: unknown
  readonly scripts?: Readonly<Record<string, unknown>>
  readonly dependencies?: object
  readonly devDependencies?: object
}

/** @throws UsageError where there is no package.json, or none that can be read. */
export function readManifest(folder: string): { readonly text: string; readonly manifest: Manifest } {
  const path = join(folder, 'package.json')
  if (!existsSync(path))
    throw new UsageError(
      `There is no package.json in ${folder}. Go to the folder of your app, or make one: npm init -y`,
    )
  // Some editors begin a file with a mark, which npm passes over.
  const text = readFileSync(path, 'utf8').replace(/^\uFEFF/, '')
  const manifest = parse(path, text)
  const { scripts } = (manifest ?? {}) as Manifest
  if (isObject(manifest) && (scripts === undefined || isObject(scripts))) return { text, manifest }
  throw new UsageError(`${path} is no object whose scripts are an object, as npm init would write it.`)
}

function parse(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${path} is not JSON: ${messageOf(error)}`)
  }
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function kindOf(folder: string, manifest: Manifest, asked: AppKind['language'] | undefined): AppKind {
  const has = (name: string) =>
    Object.hasOwn(manifest.dependencies ?? {}, name) || Object.hasOwn(manifest.devDependencies ?? {}, name)
  const isTyped =
    ['tsconfig.json', 'src/gator.ts'].some((file) => existsSync(join(folder, file))) ||
    has('typescript') ||
    has('tsx')
  const language = asked ?? (isTyped ? 'ts' : 'js')
  const source = language === 'ts' || existsSync(join(folder, 'src')) ? 'src' : '.'
  // TypeScript is written with `import` whatever it is built to.
  return { language, isModule: language === 'ts' || manifest.type === 'module', source }
}
