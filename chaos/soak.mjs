// `npm run soak`: as `npm run chaos`, from a fresh clone on.
import { buildAndRun } from './build-and-run.mjs'

await buildAndRun('soak.js', ['--expose-gc'])
