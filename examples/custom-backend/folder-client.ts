import { createHash } from 'node:crypto'
import { mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Client, type ClientOptions, type Payload, registerBackend } from '@alligator/core'

/** Text and bytes, told apart by the end of a file's name. */
const [TEXT, BYTES] = ['.txt', '.bin'] as const

/**
 * Tasks as files: `folder:///var/spool/tasks`. A folder for each queue, in which a name says when the task is due, its
 * place in line, and its id. To rename a file is one step, also between processes, so that each is taken once.
 */
export class FolderClient extends Client {
  readonly #root: string
  #pushed = 0

  constructor(dsn: string, options?: ClientOptions) {
    super(dsn, options)
    this.#root = decodeURIComponent(new URL(dsn).pathname)
  }

  async len(queue: string): Promise<number> {
    return (await this.#names(queue)).length
  }

  async dropAll(queue: string): Promise<void> {
    await rm(this.#folder(queue), { recursive: true, force: true })
  }

  async push(queue: string, taskId: string, data: Payload, delayUntil = 0): Promise<string> {
    // Its place in line is that of the call, whatever the disk does first.
    const line = `${Date.now()}`.padStart(15, '0') + `${(this.#pushed += 1)}`.padStart(9, '0')
    const name = [Math.ceil(delayUntil * 1000), line, encode(taskId)].join(',')
    const file = name + (typeof data === 'string' ? TEXT : BYTES)
    const folder = this.#folder(queue)
    await mkdir(join(folder, 'taken'), { recursive: true })
    // Nobody sees it before it is whole.
    await writeFile(join(folder, 'taken', file), data)
    await rename(join(folder, 'taken', file), join(folder, file))
    return taskId
  }

  async pop(queue: string): Promise<Payload | undefined> {
    const now = this.clock.now() * 1000
    const due = (await this.#names(queue)).filter((name) => Number(name.split(',')[0]) <= now)
    for (const name of due.toSorted((a, b) => compare(lineOf(a), lineOf(b)))) {
      const data = await this.#take(queue, name)
      if (data !== undefined) return data
    }
    return undefined
  }

  async get(queue: string, taskId: string): Promise<Payload | undefined> {
    const names = await this.#names(queue)
    const name = names.find((one) => one.slice(0, -TEXT.length).endsWith(`,${encode(taskId)}`))
    return name === undefined ? undefined : this.#take(queue, name)
  }

  /** `undefined`: somebody else was faster. */
  async #take(queue: string, name: string): Promise<Payload | undefined> {
    const taken = join(this.#folder(queue), 'taken', name)
    try {
      await rename(join(this.#folder(queue), name), taken)
    } catch {
      return undefined
    }
    const data = await readFile(taken)
    await rm(taken)
    return name.endsWith(TEXT) ? data.toString() : Uint8Array.from(data)
  }

  async #names(queue: string): Promise<string[]> {
    const names = await readdir(this.#folder(queue)).catch(() => [])
    return names.filter((name) => name !== 'taken')
  }

  #folder(queue: string): string {
    return join(this.#root, encode(queue))
  }
}

registerBackend('folder', FolderClient)

/** Any name as the name of a file: a queue or an id may hold slashes, and be longer than a file's name. */
function encode(name: string): string {
  return createHash('sha256').update(name).digest('base64url')
}

const lineOf = (name: string): string => name.split(',')[1] ?? ''
const compare = (a: string, b: string): number => (a < b ? -1 : Number(a > b))
