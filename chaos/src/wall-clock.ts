import { existsSync, readdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Where Debian and its like, and Homebrew, put it. */
const FOLDERS = [
  ...['/usr/lib', '/usr/lib64'].filter(existsSync).flatMap((lib) => [lib, ...subfolders(lib)]),
  '/usr/local/lib',
].map((lib) => join(lib, 'faketime'))
const LIBRARY = FOLDERS.map((folder) => join(folder, 'libfaketimeMT.so.1')).find(existsSync)

/** The wall clock of some processes, which can be set while they run; their monotonic clocks go on as they did. */
export class WallClock {
  /** Why there can be none. */
  static readonly problem: string | undefined =
    LIBRARY === undefined ? 'libfaketime is not installed: sudo apt-get install faketime' : undefined
  readonly #file: string
  /** How often it has been set since it was made. */
  jumps = -1

  /** @param file is read by those who follow this clock. */
  constructor(file: string) {
    this.#file = file
    this.set(0)
  }

  /** What makes a process follow this clock. */
  get env(): NodeJS.ProcessEnv {
    return {
      // The C library's memory comes before that of Redis, which looks at the clock before it can give any.
      LD_PRELOAD: `${LIBRARY}:libc.so.6`,
      FAKETIME_TIMESTAMP_FILE: this.#file,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    }
  }

  set(ahead: number): void {
    this.jumps += 1
    // Whole, or not at all: it is read at every look at the clock.
    writeFileSync(`${this.#file}.new`, `${ahead < 0 ? '-' : '+'}${Math.abs(ahead)}\n`)
    renameSync(`${this.#file}.new`, this.#file)
  }
}

function subfolders(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.endsWith('-gnu'))
    .map(({ name }) => join(folder, name))
}
