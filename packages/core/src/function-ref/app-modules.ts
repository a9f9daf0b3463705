import { statSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { dirname, join, resolve } from 'node:path'
import picomatch from 'picomatch'
import {
  AmbiguousModuleError,
  ForbiddenReferenceError,
  InvalidOptionError,
  UnknownModuleError,
} from '../errors/index.js'
import {
  EXTENSIONS,
  idFault,
  isDeclaration,
  isInstalled,
  pathWithin,
  realPath,
  splitPackage,
  withoutExtension,
} from './module-id.js'
import { Packages, ancestors } from './packages.js'
import type { FunctionRef, FunctionRefsOptions } from './types.js'

/** Which modules an app has: the ids of its files, and the files of ids. Both ways go by real paths. */
export class AppModules {
  readonly root: string
  readonly packages: Packages = new Packages()
  /** What distinguishes it from other apps: the option, or the name of the package that the root is in. */
  readonly app: string | undefined
  readonly #allows: ((id: string) => boolean) | undefined

  /** @throws InvalidOptionError where `root` is no folder. */
  constructor({ root, app, allow }: FunctionRefsOptions) {
    this.root = findRoot(root)
    this.app =
      app ?? (process.env['ALLIGATOR_APP'] || this.packages.named(join(this.root, 'package.json'))?.name)
    this.#allows = allow && (allow.length > 0 ? picomatch([...allow], { dot: true }) : () => false)
  }

  /**
   * The id of a file: in the package that is linked or installed where the root finds it, otherwise its path under
   * the root, which means something in this app alone. Undefined for what is neither.
   */
  idOf(file: string): Pick<FunctionRef, 'module' | 'app'> | undefined {
    const owner = this.packages.named(file)
    if (owner && owner.folder !== this.root && this.#linked(owner.name) === owner.folder) {
      const module = withoutExtension(`${owner.name}/${pathWithin(owner.folder, file)}`)
      return module === undefined ? undefined : { module }
    }
    const path = pathWithin(this.root, file)
    const module = path === undefined || isInstalled(path) ? undefined : withoutExtension(path)
    return module === undefined ? undefined : { module, ...(this.app !== undefined && { app: this.app }) }
  }

  /**
   * The one file that an id means, if its functions may run.
   *
   * @throws UnknownModuleError, AmbiguousModuleError, ForbiddenReferenceError
   */
  fileOf(id: string): string {
    const fault = idFault(id)
    if (fault !== undefined) throw new ForbiddenReferenceError(id, fault)
    const linked = this.#inPackage(id)
    const files = [...new Set([...this.#inRoot(id), ...(linked?.files ?? [])])]
    const [file] = files
    if (file === undefined) throw this.#missing(id)
    if (files.length > 1) throw new AmbiguousModuleError(id, files)
    this.#check(id, file, linked?.folder)
    return file
  }

  #missing(id: string): Error {
    if (isBuiltin(id)) return new ForbiddenReferenceError(id, 'it is a module of Node.js itself')
    return new UnknownModuleError(id, this.root)
  }

  /**
   * First-party is what lies under the root, or in a linked package, outside of any node_modules; or within one in a package that no
   * registry takes: `pnpm deploy` and the like copy the packages of a workspace there.
   */
  #check(id: string, file: string, folder: string | undefined): void {
    const path = pathWithin(this.root, file)
    if (path === undefined && (folder === undefined || pathWithin(folder, file) === undefined)) {
      throw new ForbiddenReferenceError(id, `its file ${file} is outside of the root ${this.root}`)
    }
    const installed = isInstalled(path ?? file) && !this.#isOwnCopy(file)
    if (this.#allows ? !this.#allows(id) : installed) {
      throw new ForbiddenReferenceError(
        id,
        installed ? 'it is in an installed package' : '`allow` does not name it',
      )
    }
  }

  /** Whether a file is of such a package itself: not of one within it, and of none that an installed package has in some folder. */
  #isOwnCopy(file: string): boolean {
    const owner = this.packages.named(file)
    if (!owner?.isPrivate || !owner.folder.endsWith(join('/node_modules', owner.name))) return false
    const path = pathWithin(owner.folder, file)
    return path !== undefined && !isInstalled(path)
  }

  #inRoot(id: string): string[] {
    const own = this.packages.in(this.root)?.name
    const inner =
      own !== undefined && id.startsWith(`${own}/`) ? filesAt(join(this.root, id.slice(own.length + 1))) : []
    return [...filesAt(join(this.root, id)), ...inner]
  }

  #inPackage(id: string): { folder: string; files: string[] } | undefined {
    const wanted = splitPackage(id)
    const folder = wanted && this.#linked(wanted.name)
    return wanted && folder !== undefined ? { folder, files: filesAt(join(folder, wanted.path)) } : undefined
  }

  /** The real folder of a package, looked for as Node.js does, from the root upward, or as Yarn does that has no node_modules. */
  #linked(name: string): string | undefined {
    if (process.versions['pnp'] !== undefined) return pluggedIn(name, this.root)
    for (const folder of ancestors(this.root)) {
      const found = realPath(join(folder, 'node_modules', name))
      if (found !== undefined) return found
    }
    return undefined
  }
}

/** What Yarn Plug'n'Play says of itself to those who require `pnpapi`. */
interface PlugAndPlay {
  resolveToUnqualified(name: string, issuer: string): string | null
}

function pluggedIn(name: string, root: string): string | undefined {
  try {
    const { resolveToUnqualified } = createRequire(join(root, 'package.json'))('pnpapi') as PlugAndPlay
    const folder = resolveToUnqualified(name, `${root}/`)
    return folder === null ? undefined : realPath(folder)
  } catch {
    return undefined // The app does not depend on it.
  }
}

/** The real files whose path is this one and an extension. */
function filesAt(path: string): string[] {
  return EXTENSIONS.filter((end) => !isDeclaration(path, end))
    .map((end) => path + end)
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile())
    .flatMap((file) => realPath(file) ?? [])
}

/** The folder that ids are relative to: the option, or the nearest package.json above the current folder or the main script. */
function findRoot(root: string | undefined): string {
  const told = root ?? process.env['ALLIGATOR_ROOT']
  if (told !== undefined && told !== '') return existingFolder(told)
  const packages = new Packages()
  const starts = [
    process.cwd(),
    ...(process.argv[1] === undefined ? [] : [dirname(resolve(process.argv[1]))]),
  ]
  const found = starts.map((start) => packages.around(join(start, 'package.json'))?.folder)
  return realPath(found.find((folder) => folder !== undefined) ?? process.cwd()) ?? process.cwd()
}

function existingFolder(root: string): string {
  const real = realPath(resolve(root))
  if (real !== undefined && statSync(real).isDirectory()) return real
  throw new InvalidOptionError('root', root, 'Name the folder that holds the code of the app.')
}
