/**
 * A Map for what comes and goes without end. V8 links the table of a Map to the one that it is rebuilt into, so that a table which
 * has grown old would keep alive all that the Map ever held, until the whole heap is collected; a new Map begins without a past.
 */
export class ChurnMap<K, V> {
  #map = new Map<K, V>()
  #deleted = 0

  get size(): number {
    return this.#map.size
  }

  has(key: K): boolean {
    return this.#map.has(key)
  }

  get(key: K): V | undefined {
    return this.#map.get(key)
  }

  set(key: K, value: V): void {
    this.#map.set(key, value)
  }

  delete(key: K): boolean {
    const had = this.#map.delete(key)
    if (had) this.#deleted += 1
    if (this.#deleted > 2 * this.#map.size + 64) this.#renew()
    return had
  }

  clear(): void {
    this.#map = new Map()
    this.#deleted = 0
  }

  keys(): IterableIterator<K> {
    return this.#map.keys()
  }

  values(): IterableIterator<V> {
    return this.#map.values()
  }

  #renew(): void {
    this.#map = new Map(this.#map)
    this.#deleted = 0
  }
}
