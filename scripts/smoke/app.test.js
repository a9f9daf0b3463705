test('jest as it comes loads the packages', () => {
  expect(() => require('./app.cjs')).not.toThrow()
})
