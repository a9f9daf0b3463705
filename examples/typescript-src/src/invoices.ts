import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Line {
  readonly article: string
  readonly cents: number
}

/** The slow work. An interface as an argument is checked where it is enqueued. */
export async function sendInvoice(customer: string, lines: readonly Line[]): Promise<void> {
  const cents = lines.reduce((sum, line) => sum + line.cents, 0)
  const kind = extname(fileURLToPath(import.meta.url))
  console.log(`invoice for ${customer}: ${(cents / 100).toFixed(2)}, by ${kind}`)
}
