/** Tasks of the source that cannot go yet, because they wait for others that are still there. */
export class HeldBack {
  readonly #tasks = new Set<string>()

  get size(): number {
    return this.#tasks.size
  }

  has(queue: string, taskId: string): boolean {
    return this.#tasks.has(keyOf(queue, taskId))
  }

  /** Notes which of two kinds a task is of. */
  set(queue: string, taskId: string, isHeld: boolean): void {
    if (isHeld) this.#tasks.add(keyOf(queue, taskId))
    else this.#tasks.delete(keyOf(queue, taskId))
  }
}

function keyOf(queue: string, taskId: string): string {
  return JSON.stringify([queue, taskId])
}
