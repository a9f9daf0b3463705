import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const root = import.meta.dirname

// pnpm's launchers set it, and then the apps that tests start would find packages that they have not installed.
delete process.env.NODE_PATH

/** Tests run as CommonJS; what is written in TypeScript is not checked here. */
const COMMONJS = {
  jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
  module: { type: 'commonjs' },
}

const project = (displayName, folder) => ({
  displayName,
  rootDir: root,
  testEnvironment: 'node',
  testMatch: [`<rootDir>/${folder}/**/*.test.ts`],
  testPathIgnorePatterns: ['/node_modules/', '/test/fixtures/', '/test/apps/'],
  // Fixture apps and built copies carry package.json files of the same names.
  modulePathIgnorePatterns: ['/dist/', '/test/fixtures/', '/test/apps/'],
  transform: { '^.+\\.c?ts$': ['@swc/jest', COMMONJS] },
  moduleNameMapper: {
    '^@alligator/core/(backend|inspect|testing)$': '<rootDir>/packages/core/src/$1.ts',
    '^@alligator/testbed$': '<rootDir>/testbed/src/index.ts',
    '^@alligator/([^/]+)$': '<rootDir>/packages/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
    // What a browser loads is made when the package is built.
    '^\\./client-bundle\\.cjs$': '<rootDir>/packages/dashboard/dist/esm/client-bundle.cjs',
    '^(\\.{1,2}/.*own-folder)\\.cjs$': '$1.cts',
    // The file of a package that a client names for its own thread.
    [`^(${root}/packages/[^/]+/src/.*)\\.js$`]: '$1.ts',
  },
})

const packages = readdirSync(join(root, 'packages')).filter((name) =>
  existsSync(join(root, 'packages', name, 'test')),
)

/** One run for every package and for the documents; types are checked by `tsc -b`, so that a run stays fast. */
export default {
  projects: [
    project('docs', 'test'),
    project('examples', 'examples/{*/,}test'),
    project('chaos', 'chaos/test'),
    project('testbed', 'testbed/test'),
    ...packages.map((name) => project(name, `packages/${name}/test`)),
  ],
  testTimeout: 30_000,
  testSequencer: '<rootDir>/scripts/jest-sequencer.mjs',
  // Most of their time tests wait for processes, so that one per core leaves it idle.
  maxWorkers: 3,
}
