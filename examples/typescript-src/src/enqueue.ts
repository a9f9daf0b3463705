import { gator } from './gator.js'
import { sendInvoice } from './invoices.js'

const lines = [
  { article: 'tea', cents: 450 },
  { article: 'cake', cents: 380 },
]
await gator.options({ retries: 3 }).task(sendInvoice, process.argv[2] ?? 'Ada', lines)
console.log(`Invoices on the queue: ${await gator.len()}`)
await gator.close()
