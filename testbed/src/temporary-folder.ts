import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const open = new Set<TemporaryFolder>()

process.on('exit', () => {
  for (const folder of open) folder.remove()
})

/** A new folder, which is gone at the latest when this process ends. */
export class TemporaryFolder implements Disposable {
  readonly path: string

  /** @param name says to whoever finds the folder what it is for. */
  constructor(name: string) {
    this.path = realpathSync(mkdtempSync(join(tmpdir(), `alligator-${name}-`)))
    open.add(this)
  }

  file(name: string): string {
    return join(this.path, name)
  }

  /** Leaves it, and what is in it, for whoever wants to look at it. */
  keep(): void {
    open.delete(this)
  }

  remove(): void {
    open.delete(this)
    // A process that is just being killed may write once more.
    rmSync(this.path, { recursive: true, force: true, maxRetries: 5 })
  }

  [Symbol.dispose](): void {
    this.remove()
  }
}
