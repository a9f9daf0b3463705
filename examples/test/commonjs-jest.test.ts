import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

// Not in the example's own folder, where its jest would find this file, too.
const example = join(__dirname, '../commonjs-jest')

test('its own tests pass under jest without any configuration', () => {
  const jest = join(example, 'node_modules/jest/bin/jest.js')
  const { status, stderr } = spawnSync(process.execPath, [jest], {
    cwd: example,
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect(stderr).toContain('Tests:       3 passed, 3 total')
  expect(status).toBe(0)
})
