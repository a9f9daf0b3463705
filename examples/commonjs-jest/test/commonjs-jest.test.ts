import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const example = join(__dirname, '..')

test('its own tests pass under jest without any configuration', () => {
  const jest = join(example, 'node_modules/jest/bin/jest.js')
  const args = [jest, '--rootDir', example, '--testPathIgnorePatterns', '/test/']
  const { status, stderr } = spawnSync(process.execPath, args, {
    cwd: example,
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect(stderr).toContain('Tests:       3 passed, 3 total')
  expect(status).toBe(0)
})
