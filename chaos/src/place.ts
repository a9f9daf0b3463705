import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const open = new Set<Place>()

process.on('exit', () => {
  for (const place of open) place.remove()
})

/** The folder of one trial; it is gone when this process ends, unless it was kept. */
export class Place {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'alligator-chaos-'))
  /** For the store's files. */
  readonly data: string = this.#make('data')
  readonly journals: string = this.#make('journals')
  /** For what the processes say. */
  readonly logs: string = this.#make('logs')
  #mounted = false

  constructor() {
    open.add(this)
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

  /** Puts the store's files on a disk of so many MiB. */
  shrinkDisk(size: number): void {
    const args = ['-t', 'tmpfs', '-o', `size=${size}m`, 'tmpfs', this.data]
    const { status, stderr, error } = spawnSync('mount', args, { encoding: 'utf8' })
    this.#mounted = status === 0
    if (!this.#mounted)
      throw new Error(`a small disk could not be mounted: ${error?.message ?? stderr.trim()}`)
  }

  /** Leaves the journals and logs for whoever wants to know what happened, and gives their folder. */
  keep(): string {
    open.delete(this)
    return this.folder
  }

  /** Gives the small disk back. */
  leaveDisk(): void {
    // Lazily: a process that is just being killed may still have a file open.
    if (this.#mounted) spawnSync('umount', ['--lazy', this.data])
    this.#mounted = false
  }

  remove(): void {
    open.delete(this)
    this.leaveDisk()
    rmSync(this.folder, { recursive: true, force: true })
  }

  #make(name: string): string {
    const folder = join(this.folder, name)
    mkdirSync(folder)
    return folder
  }
}
