/** One statement, and what stands for each `?` of it. */
export interface Question {
  readonly text: string
  readonly values: readonly unknown[]
  /** Whether it gives rows: some libraries have one call for those that do, and another for those that do not. */
  readonly gives: boolean
}
/** The rows that a question gives. */
export type Answer = readonly (readonly unknown[])[]
/** What is asked one after the other, until there is something to give. */
export type Steps<T> = Generator<Question, T, Answer>

export function question(text: string, ...values: readonly unknown[]): Question {
  return { text, values, gives: true }
}

export function change(text: string, ...values: readonly unknown[]): Question {
  return { text, values, gives: false }
}
