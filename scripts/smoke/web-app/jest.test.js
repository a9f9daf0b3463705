const { checks } = require('./checks.cjs')

afterEach(() => jest.useRealTimers())

test.each(Object.entries(checks))('%s', (_name, check) => check(() => jest.useFakeTimers()))
