import { existsSync, readdirSync } from 'node:fs'

const tsconfig = '<rootDir>/tsconfig.jest.json'

const project = (name) => ({
  displayName: name,
  rootDir: import.meta.dirname,
  testEnvironment: 'node',
  testMatch: [`<rootDir>/packages/${name}/test/**/*.test.ts`],
  testPathIgnorePatterns: ['/node_modules/', '/test/fixtures/', '/test/apps/'],
  // Fixture apps and built copies carry package.json files of the same names.
  modulePathIgnorePatterns: ['/dist/', '/test/fixtures/', '/test/apps/'],
  transform: { '^.+\\.ts$': ['ts-jest', { tsconfig, diagnostics: false }] },
  moduleNameMapper: {
    '^@alligator/core/testing$': '<rootDir>/packages/core/src/testing.ts',
    '^@alligator/([^/]+)$': '<rootDir>/packages/$1/src/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
})

const packages = readdirSync(`${import.meta.dirname}/packages`).filter((name) =>
  existsSync(`${import.meta.dirname}/packages/${name}/test`),
)

/** One run for every package; types are checked by `tsc -b`, so that a run stays fast. */
export default {
  projects: packages.map(project),
  testTimeout: 30_000,
}
