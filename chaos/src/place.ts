import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { TemporaryFolder } from '@alligator/testbed'

const mounted = new Set<Place>()

// Before the folders are removed, which cannot be where a disk is.
process.prependListener('exit', () => {
  for (const place of mounted) place.leaveDisk()
})

/** The folder of one trial; it is gone when this process ends, unless it was kept. */
export class Place {
  readonly #folder = new TemporaryFolder('chaos')
  /** For the store's files. */
  readonly data: string = this.#make('data')
  readonly journals: string = this.#make('journals')
  /** For what the processes say. */
  readonly logs: string = this.#make('logs')

  get folder(): string {
    return this.#folder.path
  }

  /** Why no small disk can be had on this machine. */
  static diskProblem(): string | undefined {
    const place = new Place()
    try {
      place.shrinkDisk(1)
      return undefined
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    } finally {
      place.remove()
    }
  }

  /** Puts the store's files on a disk of a number of MiB. */
  shrinkDisk(size: number): void {
    const args = ['-t', 'tmpfs', '-o', `size=${size}m`, 'tmpfs', this.data]
    const { status, stderr, error } = spawnSync('mount', args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`a small disk could not be mounted: ${error?.message ?? stderr.trim()}`)
    mounted.add(this)
  }

  /** Leaves the journals and logs for whoever wants to know what happened, and gives their folder. */
  keep(): string {
    this.#folder.keep()
    return this.folder
  }

  /** Gives the small disk back. */
  leaveDisk(): void {
    // Lazily: a process that is just being killed may still have a file open.
    if (mounted.delete(this)) spawnSync('umount', ['--lazy', this.data])
  }

  remove(): void {
    this.leaveDisk()
    this.#folder.remove()
  }

  #make(name: string): string {
    const folder = this.#folder.file(name)
    mkdirSync(folder)
    return folder
  }
}
