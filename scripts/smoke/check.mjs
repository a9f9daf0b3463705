// After the worker: every task that any of the apps enqueued has run, once.
import { strictEqual } from 'node:assert'
import { readFileSync } from 'node:fs'

const greeted = readFileSync('greeted.txt', 'utf8').trim().split('\n').toSorted()
strictEqual(greeted.join(', '), 'from CommonJS, from an ES module, from jest, within jest')
