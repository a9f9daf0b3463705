import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A folder with a package.json. */
export interface Package {
  readonly folder: string
  readonly name: string | undefined
  readonly type: string | undefined
  /** Whether it says that it must not be published. */
  readonly isPrivate: boolean
}

/** This folder and all above it, from the inside out. */
export function ancestors(folder: string): string[] {
  const above = dirname(folder)
  return above === folder ? [folder] : [folder, ...ancestors(above)]
}

/** The package.json files of one app, each read once. */
export class Packages {
  readonly #read = new Map<string, Package | undefined>()

  /** The nearest package.json that says how this file is to be loaded. */
  around(file: string): Package | undefined {
    return this.#first(file, () => true)
  }

  /** The nearest package.json with a name: others only set a module type for their folder. */
  named(file: string): (Package & { readonly name: string }) | undefined {
    const found = this.#first(file, ({ name }) => name !== undefined)
    return found?.name === undefined ? undefined : { ...found, name: found.name }
  }

  /** The package.json in this very folder. */
  in(folder: string): Package | undefined {
    if (!this.#read.has(folder)) this.#read.set(folder, readPackage(folder))
    return this.#read.get(folder)
  }

  #first(file: string, fits: (found: Package) => boolean): Package | undefined {
    for (const folder of ancestors(dirname(file))) {
      const found = this.in(folder)
      if (found && fits(found)) return found
    }
    return undefined
  }
}

function readPackage(folder: string): Package | undefined {
  try {
    const {
      name,
      type,
      private: isPrivate,
    } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>
    return {
      folder,
      name: typeof name === 'string' && name !== '' ? name : undefined,
      type: typeof type === 'string' ? type : undefined,
      isPrivate: isPrivate === true,
    }
  } catch {
    return undefined
  }
}
