import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import ts from 'typescript'
import type { Block } from './blocks.js'

const LIMIT = 20_000

/** What an app installs beside a backend. */
const DRIVERS = ['better-sqlite3', '@opentelemetry', 'pino', 'winston']

const toJs = (file: string) => file.replace(/\.ts$/, '.js')

function compile({ code }: Block): string {
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 }
  return ts.transpileModule(code, { compilerOptions }).outputText
}

function linkIfThere(from: string, to: string): void {
  if (existsSync(from) && !existsSync(to)) symlinkSync(from, to)
}

/** Writes the document's files as an app of its own, on the built packages. */
function writeApp(root: string, app: string, blocks: readonly Block[]): void {
  writeFileSync(join(app, 'package.json'), JSON.stringify({ name: 'docs', type: 'module' }))
  mkdirSync(join(app, 'node_modules/@alligator'), { recursive: true })
  for (const name of readdirSync(join(root, 'packages'))) {
    symlinkSync(join(root, 'packages', name), join(app, 'node_modules/@alligator', name))
    for (const driver of DRIVERS)
      linkIfThere(join(root, 'packages', name, 'node_modules', driver), join(app, 'node_modules', driver))
  }
  for (const block of blocks) {
    mkdirSync(dirname(join(app, block.file)), { recursive: true })
    writeFileSync(join(app, toJs(block.file)), compile(block))
  }
}

/** Runs one block among the files of its document; what it printed when it failed, or undefined. */
export function runBlock(root: string, block: Block, blocks: readonly Block[]): string | undefined {
  const app = mkdtempSync(join(tmpdir(), 'alligator-docs-'))
  try {
    writeApp(root, app, blocks)
    const ran = spawnSync(process.execPath, [toJs(block.file)], {
      cwd: app,
      encoding: 'utf8',
      timeout: LIMIT,
    })
    return ran.status === 0 ? undefined : `${ran.stdout}${ran.stderr}${ran.error?.message ?? ''}`
  } finally {
    rmSync(app, { recursive: true, force: true })
  }
}
