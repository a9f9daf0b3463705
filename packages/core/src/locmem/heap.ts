/** What a {@link Heap} holds: an item that remembers its slot, so that it can leave from the middle. */
export interface HeapItem {
  slot: number
}

/** A binary heap: adding and removing cost the logarithm of its size, looking at the first costs nothing. */
export class Heap<T extends HeapItem> {
  readonly #items: T[] = []
  readonly #before: (a: T, b: T) => boolean

  /** `before` says which of two items comes out first. */
  constructor(before: (a: T, b: T) => boolean) {
    this.#before = before
  }

  get first(): T | undefined {
    return this.#items[0]
  }

  add(item: T): void {
    this.#place(item, this.#items.length)
    this.#rise(item)
  }

  remove(item: T): void {
    const { slot } = item
    item.slot = -1
    const last = this.#items.pop()
    if (!last || last === item) return
    this.#place(last, slot)
    this.#rise(last)
    this.#sink(last)
  }

  #place(item: T, slot: number): void {
    this.#items[slot] = item
    item.slot = slot
  }

  #rise(item: T): void {
    while (item.slot > 0) {
      const { slot } = item
      const parent = this.#items[(slot - 1) >> 1]
      if (!parent || !this.#before(item, parent)) return
      this.#place(item, parent.slot)
      this.#place(parent, slot)
    }
  }

  #sink(item: T): void {
    for (let child = this.#lesserChild(item.slot); child; child = this.#lesserChild(item.slot)) {
      if (!this.#before(child, item)) return
      const { slot } = item
      this.#place(item, child.slot)
      this.#place(child, slot)
    }
  }

  #lesserChild(slot: number): T | undefined {
    const left = this.#items[2 * slot + 1]
    const right = this.#items[2 * slot + 2]
    return left && right && this.#before(right, left) ? right : left
  }
}
