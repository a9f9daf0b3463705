const { checks } = require('./checks.cjs')

test.each(Object.entries(checks))('%s', (_name, check) => check())
