// Builds the package in the current folder: `node ../../scripts/build-package.mjs [--esm-only]`.
// Both formats are compiled elsewhere and swapped in at the end, so that a failed or running build
// never leaves half a package behind.
import { spawn } from 'node:child_process'
import { rm, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
// Of this process alone: two builds at once must not mix.
const STAGE = `node_modules/.build-${process.pid}`
// The CommonJS build reads ES modules as its input, which verbatimModuleSyntax would refuse.
const CJS_FLAGS = ['--module', 'CommonJS', '--moduleResolution', 'Bundler', '--verbatimModuleSyntax', 'false']

function compile(format, flags = []) {
  const args = [tsc, '-p', 'tsconfig.build.json', '--outDir', `${STAGE}/${format}`, ...flags]
  return new Promise((resolve, reject) => {
    spawn(process.execPath, args, { stdio: 'inherit' }).on('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`The ${format} build of ${process.cwd()} failed.`)),
    )
  })
}

const esmOnly = process.argv.includes('--esm-only')
await rm(STAGE, { recursive: true, force: true })
const builds = await Promise.allSettled([compile('esm'), ...(esmOnly ? [] : [compile('cjs', CJS_FLAGS)])])
const failed = builds.find((build) => build.status === 'rejected')
if (failed) {
  await rm(STAGE, { recursive: true, force: true })
  console.error(failed.reason.message)
  process.exit(1)
}
if (!esmOnly) await writeFile(`${STAGE}/cjs/package.json`, '{ "type": "commonjs" }\n')
await rm('dist', { recursive: true, force: true })
await rename(STAGE, 'dist')
