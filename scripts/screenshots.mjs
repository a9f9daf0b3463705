// `npm run screenshots`: makes the pictures of the dashboard anew, as the tests see it, for the documents.
import { join } from 'node:path'
import { root } from './packages.mjs'
import { run } from './process.mjs'

const env = { ...process.env, ALLIGATOR_SCREENSHOTS: join(root, 'docs/public/dashboard') }
const command = [
  join(root, 'node_modules/.bin/jest'),
  '--selectProjects',
  'dashboard',
  '-t',
  'can be read by everybody',
]
const { ok } = await run(command, { cwd: root, env, show: true })
process.exitCode = ok ? 0 : 1
