// The compiler that builds and checks: TypeScript 7, which takes a tenth of the time of 6. It has no API in JavaScript,
// so that jest and the site still go through 6. Run by itself it is `tsc`: `node scripts/typescript.mjs -b`.
import { spawn } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'

export const tsc = join(
  createRequire(import.meta.url).resolve('typescript-native/package.json'),
  '../bin/tsc',
)

if (process.argv[1] === import.meta.filename) {
  const compiler = spawn(process.execPath, [tsc, ...process.argv.slice(2)], { stdio: 'inherit' })
  compiler.on('exit', (code) => (process.exitCode = code ?? 1))
}
