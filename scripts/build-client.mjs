// Builds what a browser loads of a package: its folder `src/client`, as one script, one style sheet and one picture whose names change
// with what they are. They become one module, `client-bundle.cjs`, so that whoever bundles the package has them too. It is CommonJS,
// which either build of the package can import.
import { createHash } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import { build } from 'esbuild'

const TYPES = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/** Builds the client of the package in the current folder into a file. */
export async function buildClient(file) {
  const { outputFiles } = await build({
    entryPoints: ['src/client/main.tsx'],
    outdir: dirname(file),
    write: false,
    bundle: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    // Bidirectional marks and the like stay escapes.
    charset: 'ascii',
    legalComments: 'none',
    logLevel: 'warning',
  })
  const made = outputFiles.map(({ path, text }) => [extname(path), text])
  made.push(['.svg', await readFile('src/client/icon.svg', 'utf8')])
  const files = Object.fromEntries(
    made.map(([end, text]) => {
      const hash = createHash('sha256').update(text).digest('hex').slice(0, 12)
      return [`app-${hash}${end}`, { type: TYPES[end], text }]
    }),
  )
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, `exports.files = ${JSON.stringify(files)}\n`)
}
