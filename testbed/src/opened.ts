/** What a test has opened, and closes again when it is over. */
export class Opened {
  readonly #closings: (() => unknown)[] = []

  /** Gives a thing as it is, and closes it with the others. */
  use<T>(thing: T, close: (thing: T) => unknown): T {
    this.#closings.push(() => close(thing))
    return thing
  }

  /** Closes everything, the last one first. */
  async closeAll(): Promise<void> {
    for (const close of this.#closings.splice(0).toReversed()) await close()
  }
}
