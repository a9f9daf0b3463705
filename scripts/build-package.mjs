// Builds the package in the current folder: `node ../../scripts/build-package.mjs [module]...`.
//
// In a package that is published the modules of a folder are joined into one file: to load a hundred small ones is most of
// the time that an import takes. A module that is started by its name, as a thread is, is named to this script and keeps a
// file of its own.
//
// Everything is made elsewhere and swapped in at the end, so that a failed or running build never leaves half a package.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { basename, relative, resolve, sep } from 'node:path'
import { promisify } from 'node:util'
import { rollup } from 'rollup'
import { tsc } from './typescript.mjs'

const { private: isPrivate, exports = {}, bin = {} } = JSON.parse(await readFile('package.json', 'utf8'))
const isEsmOnly = !JSON.stringify(exports).includes('"require"')
/** What the package exports, without an extension. */
const entries = Object.keys(exports)
  .filter((name) => name !== './package.json')
  .map((name) => (name === '.' ? 'index' : basename(name)))
const commands = Object.values(bin).map((file) => basename(file))
const started = process.argv.slice(2)

// Of this process alone: two builds at once must not mix.
const STAGE = `node_modules/.build-${process.pid}`
const [TYPES, MODULES, ESM, CJS] = ['types', 'modules', 'dist/esm', 'dist/cjs'].map(
  (name) => `${STAGE}/${name}`,
)
const PROJECT = ['-p', 'tsconfig.build.json']
// An editor shows the comments of the declarations; in the code they would only be a third of the package.
const CODE = ['--noCheck', '--declaration', 'false', '--isolatedDeclarations', 'false', '--removeComments']
const DECLARATION = /\.d\.[cm]?ts$/

async function compile(...flags) {
  return (await promisify(execFile)(process.execPath, [tsc, ...flags], { maxBuffer: 2 ** 26 })).stdout
}

/** The declarations that what the package exports is made of. Others, of its inner files, nobody can reach. */
async function reachable() {
  if (entries.length === 0) return new Set()
  const files = entries.map((name) => resolve(TYPES, `${name}.d.ts`))
  const listed = await compile('--ignoreConfig', '--module', 'NodeNext', '--listFilesOnly', ...files)
  return new Set(listed.split('\n'))
}

async function declare() {
  await compile(...PROJECT, '--emitDeclarationOnly', '--outDir', TYPES)
  const wanted = await reachable()
  for (const file of await readdir(TYPES, { recursive: true })) {
    if (DECLARATION.test(file) && !wanted.has(resolve(TYPES, file))) await rm(resolve(TYPES, file))
  }
}

/**
 * Modules whose names say what they are, in either build, are not joined with others: the folder of the ES modules is told
 * by one in CommonJS, and an `import()` that must never become a `require` is in one that is not.
 */
const apart = (format) => ({
  name: 'apart',
  resolveId(name) {
    const file = `./${basename(name)}`
    if (file.endsWith('.cjs'))
      return { id: format === 'es' ? file : `../esm/${basename(name)}`, external: true }
    return format === 'cjs' && file.endsWith('.mjs') ? { id: file, external: true } : null
  },
})

/** The compiler's own helpers ask for `this`, and the command line exports nothing. */
function onLog(level, log, print) {
  if (log.code !== 'THIS_IS_UNDEFINED' && log.code !== 'EMPTY_BUNDLE') print(level, log)
}

/** The part of the package that a module belongs to, by the folder that it lies in. */
function partOf(file) {
  const [folder, ...rest] = relative(MODULES, file).split(sep)
  return rest.length === 0 || file.endsWith('.mjs') ? null : folder
}

async function bundle(format, dir, names) {
  const input = names.map((name) => `${MODULES}/${name}`)
  const isExternal = (name) => !/^[./]/.test(name)
  const made = await rollup({ input, external: isExternal, plugins: [apart(format)], onLog })
  await made.write({
    dir,
    format,
    entryFileNames: ({ facadeModuleId }) => basename(facadeModuleId),
    chunkFileNames({ facadeModuleId, name }) {
      if (facadeModuleId?.endsWith('.mjs')) return basename(facadeModuleId)
      return entries.includes(name) ? `${name}-parts.js` : `${name}.js`
    },
    dynamicImportInCjs: false,
    interop: 'auto',
    manualChunks: isEsmOnly || started.includes(names[0]) ? undefined : partOf,
    minifyInternalExports: false,
  })
}

async function joinModules() {
  await compile(...PROJECT, ...CODE, '--outDir', MODULES)
  const exported = entries.map((name) => `${name}.js`)
  await bundle('es', ESM, [...exported, ...commands])
  // By itself, so that a thread loads no more than it needs.
  for (const name of started) await bundle('es', ESM, [name])
  for (const file of await readdir(MODULES, { recursive: true })) {
    if (file.endsWith('.cjs')) await cp(`${MODULES}/${file}`, `${ESM}/${basename(file)}`)
  }
  if (isEsmOnly) return
  await bundle('cjs', CJS, exported)
  await writeFile(`${CJS}/package.json`, '{ "type": "commonjs" }\n')
  const isApart = (file) => file.endsWith('.mjs') && !started.some((path) => basename(path) === file)
  for (const file of (await readdir(ESM)).filter(isApart)) await cp(`${ESM}/${file}`, `${CJS}/${file}`)
}

try {
  if (isPrivate) await compile(...PROJECT, ...CODE, '--outDir', ESM)
  else await joinModules()
  await declare()
  for (const folder of isEsmOnly ? [ESM] : [ESM, CJS]) await cp(TYPES, folder, { recursive: true })
  // Only one package has a page, and whoever builds another needs nothing for it.
  if (existsSync('src/client')) {
    const { buildClient } = await import('./build-client.mjs')
    await buildClient(`${ESM}/client-bundle.cjs`)
  }
  await rm('dist', { recursive: true, force: true })
  await rename(`${STAGE}/dist`, 'dist')
} catch (error) {
  console.error(error.stdout || error)
  console.error(`The build of ${process.cwd()} failed.`)
  process.exitCode = 1
} finally {
  await rm(STAGE, { recursive: true, force: true })
}
