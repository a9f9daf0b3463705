import { loadDriver } from '@alligator/core/backend'

test('a driver that is installed is given as it is', async () => {
  const driver = { connect: () => undefined }
  expect(await loadDriver('some-driver', async () => driver)).toBe(driver)
})

test('a driver that a bundler gives as `default` alone is given as it would be without a bundler', async () => {
  const driver = Object.assign(() => undefined, { connect: () => undefined })
  expect(await loadDriver('some-driver', async () => ({ default: driver }))).toBe(driver)
  const whole = { default: driver, connect: driver.connect }
  expect(await loadDriver('some-driver', async () => whole)).toBe(whole)
})

test('a driver that is not installed: what to install, and why', async () => {
  const cause = Object.assign(new Error("Cannot find package 'some-driver'"), {
    code: 'ERR_MODULE_NOT_FOUND',
  })
  await expect(loadDriver('some-driver', () => Promise.reject(cause))).rejects.toMatchObject({
    code: 'MISSING_BACKEND',
    packageName: 'some-driver',
    message:
      'some-driver cannot be loaded: it is not installed. ' +
      'Run `npm install some-driver`, or the like of your package manager.',
    cause,
  })
})
