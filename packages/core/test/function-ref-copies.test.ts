import { join } from 'node:path'
import { TemporaryApp, code } from './temporary-app.js'

let app: TemporaryApp
beforeEach(() => (app = new TemporaryApp()))
afterEach(() => app.remove())

const REF = { module: '@acme/jobs/index', callable: 'job', name: 'job' }
const SOURCE = 'exports.job = function job() { return "done" }'

/** Writes a package, and gives its folder. */
function write(folder: string, manifest: object): string {
  app.write(`${folder}/package.json`, JSON.stringify(manifest))
  app.write(`${folder}/index.js`, SOURCE)
  return join(app.root, folder)
}

describe('packages of a workspace that were copied among the installed ones', () => {
  // As `pnpm deploy` lays it out.
  const STORE = 'node_modules/.pnpm/@acme+jobs@file+packages+jobs/node_modules/@acme/jobs'
  const COPY = { name: '@acme/jobs', private: true }

  beforeEach(() => app.link(write(STORE, COPY), 'node_modules/@acme/jobs'))

  test('are the app’s own, as no registry has them', async () => {
    const { job } = app.load(`${STORE}/index.js`, SOURCE)
    expect(app.find(job)).toEqual(REF)
    expect((await app.follow('@acme/jobs/index'))()).toBe('done')
  })

  test('once `allow` is given, it names them like all others', async () => {
    await expect(app.follow('@acme/jobs/index', 'job', ['src/**'])).rejects.toEqual(
      code('FORBIDDEN_REFERENCE'),
    )
  })

  test('open no way to what is installed within them', async () => {
    app.write(`${STORE}/node_modules/evil/index.js`, SOURCE)
    app.write(`${STORE}/index.js`, `exports.job = require('evil').job`)
    await expect(app.follow('@acme/jobs/index')).rejects.toEqual(code('FORBIDDEN_REFERENCE'))
  })

  test('are none that an installed package has in some folder, nor one without a manifest', async () => {
    write('node_modules/evil', { name: 'evil' })
    write('node_modules/evil/examples/foo', { name: 'foo', private: true })
    app.write('package.json', JSON.stringify({ name: 'the-app', private: true }))
    app.write('node_modules/bare/index.js', SOURCE)
    for (const id of ['evil/index', 'evil/examples/foo/index', 'bare/index'])
      await expect(app.follow(id)).rejects.toEqual(code('FORBIDDEN_REFERENCE'))
  })
})

describe('where Yarn has no node_modules', () => {
  const { versions } = process
  beforeEach(() =>
    Object.defineProperty(process, 'versions', { value: { ...versions, pnp: '3' }, configurable: true }),
  )
  afterEach(() => Object.defineProperty(process, 'versions', { value: versions, configurable: true }))

  test('a package of the workspace is where Yarn says that it is', async () => {
    const folder = write('packages-of-the-app', { name: '@acme/jobs' })
    app.write(
      'node_modules/pnpapi/index.js',
      `exports.resolveToUnqualified = (name) => {
        if (name !== '@acme/jobs') throw new Error('not a dependency')
        return ${JSON.stringify(`${folder}/`)}
      }`,
    )
    const { job } = app.load('packages-of-the-app/index.js', SOURCE)
    expect(app.find(job)).toEqual(REF)
    expect((await app.follow('@acme/jobs/index'))()).toBe('done')
    await expect(app.follow('@acme/other/index')).rejects.toEqual(code('UNKNOWN_MODULE'))
  })
})
