// One process that stands for all the scripts which an app would put tasks on its queue with: to start one for each takes
// longer than what the tests are about. It calls a function of the app's inside.js whenever it is told to.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

process.on('message', async ({ folder, store, name, args }) => {
  try {
    process.chdir(folder)
    const inside = await import(pathToFileURL(join(folder, 'inside.js')))
    await inside[name](store, ...args)
    process.send({})
  } catch (error) {
    process.send({ error: error.stack })
  }
})
process.on('disconnect', () => process.exit())
