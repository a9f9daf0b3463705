// @ts-check
import { gator } from './gator.js'
import { index } from './search.js'

const [DOCUMENTS, EDITS] = [100, 10_000]

/** @param {number} docId @param {string} text */
async function save(docId, text) {
  // ... and here the document itself would be written.
  return gator
    .options({ debounce: { key: `index:${docId}`, wait: '1s', atMost: '30s' }, retries: 5 })
    .task(index, docId, text)
}

const begin = performance.now()
const saved = Array.from({ length: EDITS }, (_, edit) => {
  return save(edit % DOCUMENTS, `edit number ${Math.floor(edit / DOCUMENTS) + 1}`)
})
const tasks = await Promise.all(saved)
const seconds = ((performance.now() - begin) / 1000).toFixed(2)
const added = tasks.filter(({ isDuplicate }) => !isDuplicate).length
console.log(`${EDITS} edits of ${DOCUMENTS} documents were enqueued in ${seconds} s: ${added} tasks.`)
await gator.close()
