/** What the tasks of this process have done, in order. */
export const done: string[] = []

export function note(word: string): string {
  done.push(word)
  return word
}

/** Fails until it has been tried so often. */
export function stumble(word: string, tries: number): void {
  done.push(word)
  if (done.filter((entry) => entry === word).length < tries) throw new Error(`${word} stumbled`)
}
