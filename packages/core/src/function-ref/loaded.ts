import { createRequire } from 'node:module'

interface TestRunner {
  /** vitest 3 to 5: the modules that its runner has evaluated, by file. */
  readonly __vitest_worker__?: {
    readonly evaluatedModules?: {
      readonly fileToModulesMap?: ReadonlyMap<string, Iterable<{ readonly exports?: unknown }>>
    }
  }
  readonly __vitest_index__?: { readonly vi?: { readonly importActual: (file: string) => Promise<object> } }
}

/** The exports of each loaded instance of a file that is no ES module: of CommonJS, also in jest, or of vitest's runner. */
export function loadedExports(file: string): unknown[] {
  const required = createRequire(file).cache[file]
  const modules = [...evaluatedByVitest(file), ...(required ? [required] : [])]
  // Vitest keeps what it has thrown away, without the exports.
  return modules.map((module) => module.exports).filter((exports) => exports !== undefined)
}

/** The instances of a file in vitest's runner, which writes paths with `/` on Windows, too. */
export function evaluatedByVitest(file: string): Iterable<{ readonly exports?: unknown }> {
  const modules = (globalThis as TestRunner).__vitest_worker__?.evaluatedModules?.fileToModulesMap
  return modules?.get(file.replaceAll('\\', '/')) ?? []
}

/** In a vitest worker, imports through its runner, which alone can load what it transforms. */
export function vitestImport(): ((file: string) => Promise<object>) | undefined {
  return (globalThis as TestRunner).__vitest_index__?.vi?.importActual
}
