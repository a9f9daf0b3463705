import { readFileSync } from 'node:fs'
import { join } from 'node:path'

type Manifest = Readonly<
  Record<'dependencies' | 'devDependencies' | 'peerDependencies', Record<string, string> | undefined>
>

const root = join(__dirname, '..')
const isOurs = (name: string) => name.startsWith('@alligator/')

function read(folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as Manifest
}

/** The packages that a folder is built on, and those that these are built on. */
function builtOn(folder: string, found = new Set<string>()): Set<string> {
  const { dependencies, peerDependencies } = read(folder)
  for (const name of Object.keys({ ...dependencies, ...peerDependencies }).filter(isOurs))
    if (!found.has(name)) builtOn(`packages/${name.slice('@alligator/'.length)}`, found.add(name))
  return found
}

// It installs nothing that only tests need, and what is named as such is then left out although it is a peer, too.
it.each([...builtOn('examples/quickstart')])(
  '%s finds what it is built on where no tests are installed',
  (name) => {
    const { dependencies, devDependencies, peerDependencies } = read(
      `packages/${name.slice('@alligator/'.length)}`,
    )
    const needed = Object.keys({ ...dependencies, ...peerDependencies })
    expect(needed.filter((one) => devDependencies?.[one] !== undefined)).toEqual([])
  },
)
