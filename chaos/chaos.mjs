// `npm run chaos`: from a fresh clone to the table.
import { buildAndRun } from './build-and-run.mjs'

await buildAndRun('chaos.js')
