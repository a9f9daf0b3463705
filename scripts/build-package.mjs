// Builds the package in the current folder: `node ../../scripts/build-package.mjs [--esm-only]`.
// Everything is compiled elsewhere and swapped in at the end, so that a failed or running build never leaves half a
// package behind.
import { execFile } from 'node:child_process'
import { cp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { extname, resolve } from 'node:path'
import { promisify } from 'node:util'
import { tsc } from './typescript.mjs'

// Of this process alone: two builds at once must not mix.
const STAGE = `node_modules/.build-${process.pid}`
const PROJECT = ['-p', 'tsconfig.build.json']
// An editor shows the comments of the declarations; in the code they would only be a third of the package.
const CODE = ['--noCheck', '--declaration', 'false', '--isolatedDeclarations', 'false', '--removeComments']
// The CommonJS build reads ES modules as its input, which verbatimModuleSyntax would refuse.
const COMMONJS = ['--module', 'CommonJS', '--moduleResolution', 'Bundler', '--verbatimModuleSyntax', 'false']
const DECLARATION = /\.d\.[cm]?ts$/

const compile = async (...flags) =>
  (await promisify(execFile)(process.execPath, [tsc, ...flags], { maxBuffer: 2 ** 26 })).stdout

/** The declarations that what the package exports is made of. Others, of its inner files, nobody can reach. */
async function reachable(folder) {
  const { exports = {} } = JSON.parse(await readFile('package.json', 'utf8'))
  const entries = Object.keys(exports).filter((name) => extname(name) !== '.json')
  const files = entries.map((name) => resolve(folder, `${name === '.' ? 'index' : name}.d.ts`))
  if (files.length === 0) return new Set()
  const listed = await compile('--ignoreConfig', '--module', 'NodeNext', '--listFilesOnly', ...files)
  return new Set(listed.split('\n'))
}

async function declare(folder) {
  await compile(...PROJECT, '--emitDeclarationOnly', '--outDir', folder)
  const wanted = await reachable(folder)
  const all = (await readdir(folder, { recursive: true })).filter((file) => DECLARATION.test(file))
  await Promise.all(
    all
      .map((file) => resolve(folder, file))
      .filter((file) => !wanted.has(file))
      .map((file) => rm(file)),
  )
}

async function build(isEsmOnly) {
  const [types, esm, cjs] = ['types', 'esm', 'cjs'].map((name) => `${STAGE}/${name}`)
  await Promise.all([
    declare(types),
    compile(...PROJECT, ...CODE, '--outDir', esm),
    isEsmOnly || compile(...PROJECT, ...CODE, ...COMMONJS, '--outDir', cjs),
  ])
  await cp(types, esm, { recursive: true })
  if (!isEsmOnly) {
    await cp(types, cjs, { recursive: true })
    await writeFile(`${cjs}/package.json`, '{ "type": "commonjs" }\n')
  }
  await rm(types, { recursive: true })
}

try {
  await build(process.argv.includes('--esm-only'))
  await rm('dist', { recursive: true, force: true })
  await rename(STAGE, 'dist')
} catch (error) {
  await rm(STAGE, { recursive: true, force: true })
  console.error(error.stdout || error)
  console.error(`The build of ${process.cwd()} failed.`)
  process.exit(1)
}
