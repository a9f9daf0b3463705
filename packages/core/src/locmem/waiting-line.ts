import { Heap } from './heap.js'

/** What may stand in a line. */
export interface InLine<T> {
  /** Its number in the line, kept while it is away so that it can come back to the same place. */
  place: number
  /** Where it stands in a heap; below 0 when it stands in none. */
  slot: number
  previous: T | undefined
  next: T | undefined
}

/**
 * The tasks of one queue that are due, in order. New ones join the tail of a linked list; those that come back (released,
 * or their lease lapsed) stand in a heap by their old places, since a worker that dies hands back many at once, in any order.
 */
export class WaitingLine<T extends InLine<T>> {
  readonly #returned = new Heap<T>((a, b) => a.place < b.place)
  #head: T | undefined
  #tail: T | undefined

  get first(): T | undefined {
    const returned = this.#returned.first
    return returned && (!this.#head || returned.place < this.#head.place) ? returned : this.#head
  }

  /** Puts a task at the tail; its `place` must be higher than all before it. */
  join(task: T): void {
    task.previous = this.#tail
    if (this.#tail) this.#tail.next = task
    else this.#head = task
    this.#tail = task
  }

  /** Puts a task back where its `place` says. */
  comeBack(task: T): void {
    this.#returned.add(task)
  }

  leave(task: T): void {
    if (task.slot >= 0) return this.#returned.remove(task)
    const { previous, next } = task
    if (previous) previous.next = next
    else this.#head = next
    if (next) next.previous = previous
    else this.#tail = previous
    // A task that has left must not keep its neighbours alive, or the collector moves whole lines to the old generation.
    task.previous = undefined
    task.next = undefined
  }
}
