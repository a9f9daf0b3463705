// What the apps of `npm run test:environments` are made of: their files, by path.
import { symlinkSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

export const SEND = 'function send(n) { globalThis.ran = `sent ${n}` }'
const TYPED = 'function send(n: number): void { (globalThis as { ran?: string }).ran = `sent ${n}` }'
const CALL = `require('./turn.cjs').turn(core, send)`

/** An app of ES modules, whose tasks are in src/tasks.js. */
export const esm = (tasks = `export ${SEND}`, take = `import { send } from './src/tasks.js'`) => ({
  'package.json': { name: 'shop', type: 'module' },
  'src/tasks.js': tasks,
  'main.js': `import * as core from '@alligator/core'\n${take}\nimport { turn } from './turn.cjs'\nawait turn(core, send)`,
})

export const commonjs = (
  tasks = `exports.send = ${SEND}`,
  take = `const { send } = require('./src/tasks')`,
) => ({
  'package.json': { name: 'shop' },
  'src/tasks.js': tasks,
  'main.js': `const core = require('@alligator/core')\n${take}\n${CALL}`,
})

/** TypeScript, as most write it: without extensions in CommonJS, with them in ES modules. */
export const typed = (type, end = type === 'module' ? '.js' : '') => ({
  'package.json': { name: 'shop', type },
  'tsconfig.json': {
    compilerOptions: {
      ...(type === 'module'
        ? { module: 'nodenext', moduleResolution: 'nodenext' }
        : { module: 'commonjs', moduleResolution: 'node10' }),
      target: 'es2022',
      esModuleInterop: true,
      allowJs: true,
      skipLibCheck: true,
      outDir: 'dist',
      types: ['node'],
    },
    include: ['*.ts', 'src', 'turn.cjs'],
  },
  'src/tasks.ts': `export ${TYPED}`,
  'main.ts': `import * as core from '@alligator/core'\nimport { send } from './src/tasks${end}'\nimport { turn } from './turn.cjs'\nvoid turn(core, send)`,
})

/** The same within a test of a runner that has `test` as a global, or imports it. */
export const tested = (files, file, head = '', body = `test('one', () => turn(core, send))`) => {
  const { 'main.js': main = '', 'main.ts': typedMain = main, ...others } = files
  const imports = typedMain
    .split('\n')
    .filter((line) => !/^(?:await |void )?turn\(/.test(line))
    .map((line) => (line === CALL ? `const { turn } = require('./turn.cjs')` : line))
  return { ...others, [file]: [head, ...imports, body].join('\n') }
}

export const VITEST = `import { expect, test, vi } from 'vitest'`
export const JEST_ESM = { 'jest.config.js': `export default { transform: {}, testMatch: ['**/a.test.js'] }` }
export const JEST = { 'jest.config.js': `module.exports = { testMatch: ['**/a.test.*s'] }` }
export const WEBPACK = {
  'webpack.config.cjs': `module.exports = { entry: './main.js', target: 'node', mode: process.env.MODE, externals: { '@alligator/core': 'commonjs @alligator/core' }, output: { filename: 'main.cjs' } }`,
}
export const bin = (name) => `node_modules/.bin/${name}`

/** Where another package of the app has the tasks. */
export const withJobs = (at, jobs = {}) => ({
  ...esm('', `import { send } from '@acme/jobs'`),
  [`${at}/package.json`]: { name: '@acme/jobs', type: 'module', exports: './index.js', ...jobs },
  [`${at}/index.js`]: `export ${SEND}`,
})
export const link = (from, to) => (folder) => {
  mkdirSync(dirname(join(folder, to)), { recursive: true })
  symlinkSync(join(folder, from), join(folder, to))
}

/** An app whose gator the command line imports; it tells in the end what ran. */
export const commanded = (type, end) => ({
  ...typed(type, end),
  'gator.ts': `import { Gator } from '@alligator/core'\nimport { send } from './src/tasks${end}'
    export const gator = new Gator('locmem://')
    void gator.task(send, 7)
    process.on('exit', () => console.log('RESULT ' + JSON.stringify({ ran: (globalThis as { ran?: string }).ran })))`,
})

/** A workspace with an app and a package that has the tasks, for a package manager to install. */
export const workspace = (dependency) => ({
  'package.json': { name: 'repo', private: true, workspaces: ['apps/*', 'packages/*'] },
  'pnpm-workspace.yaml': 'packages: [apps/*, packages/*]\n',
  // Without it Yarn takes the folder for a part of the one around it.
  'yarn.lock': '',
  '.yarnrc.yml':
    'nodeLinker: pnp\nenableTelemetry: false\nenableGlobalCache: false\nenableImmutableInstalls: false\n',
  'packages/jobs/package.json': {
    name: '@acme/jobs',
    version: '1.0.0',
    private: true,
    type: 'module',
    exports: './index.js',
  },
  'packages/jobs/index.js': `export ${SEND}`,
  'apps/web/package.json': {
    name: '@acme/web',
    version: '1.0.0',
    type: 'module',
    dependencies: { '@acme/jobs': dependency, '@alligator/core': 'file:CORE' },
  },
  'apps/web/main.js': esm('', `import { send } from '@acme/jobs'`)['main.js'],
})

/** What all of them have installed, beside core. */
export const TOOLS = [
  'tsx@4.23.15',
  'ts-node@10',
  '@swc-node/register@1',
  '@swc/core@1',
  'esbuild@0.28.2',
  'esbuild-register@3',
  'sucrase@3',
  'jiti@2',
  'typescript@5.9',
  '@types/node@20',
  'vitest@4.1.12',
  'jest@30.5.2',
  'ts-jest@29.4.15',
  'mocha@11',
  'sinon@21',
  '@vercel/ncc',
  'webpack@5',
  'webpack-cli@6',
  '@yarnpkg/cli-dist@4',
  'lodash.debounce@4',
  'node@26.10.0',
  'bun@1',
  'deno@2',
]
