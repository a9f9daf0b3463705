import { startPostgres } from '@alligator/testbed'
import { spawnSync } from 'node:child_process'
const s = await startPostgres()
for (const w of [['chain'], ['behind', '1000'], ['plain', '20000'], ['batch', '20000']]) console.log(spawnSync('node', ['tmp-ties.mjs', s.dsn, ...w], { encoding: 'utf8', timeout: 120000 }).stdout)
await s.close()
