export default { test: { include: ['web-app/vitest.mjs'] } }
