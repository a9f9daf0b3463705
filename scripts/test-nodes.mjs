// `npm run test:nodes [version …]`: the jest suite on every Node.js that is supported.
import { runJest } from './jest.mjs'
import { prepareNode } from './other-node.mjs'
import { startServices } from './services.mjs'

const VERSIONS = ['20.19', '22.14', '24', 'latest']

async function testOn(version, serviceEnv) {
  const { node, copy, env } = await prepareNode(version, serviceEnv)
  console.log(`\nNode.js ${node.version}`)
  const { passed, failed, problem } = await runJest(copy, env)
  const ran = `${passed} passed, ${failed} failed`
  return { ok: failed === 0, summary: `Node.js ${node.version}: ${ran}${problem ? ` (${problem})` : ''}` }
}

const { env, problems } = await startServices()
for (const problem of problems) console.log(problem)
const results = []
for (const version of process.argv.length > 2 ? process.argv.slice(2) : VERSIONS) {
  results.push(
    await testOn(version, env).catch((error) => ({
      ok: false,
      summary: `Node.js ${version}: ${error.message}`,
    })),
  )
}
console.log(`\n${results.map(({ summary }) => summary).join('\n')}`)
process.exit(problems.length === 0 && results.every(({ ok }) => ok) ? 0 : 1)
