// The same under every test runner.
const { deepStrictEqual, rejects, strictEqual } = require('node:assert')
const { assertNotQueued, assertQueued, drain, queued, testGator } = require('@alligator/core/testing')
const { createApp, post } = require('./app.cjs')
const { sendPostEmail, sent } = require('./emails.cjs')

exports.checks = {
  'a post queues an e-mail for each friend': async () => {
    const gator = testGator()
    strictEqual(await post(createApp(gator), 7), 201)
    await assertQueued(gator, sendPostEmail, [1, 7])
    await assertQueued(gator, sendPostEmail, [2, 7])
    await assertNotQueued(gator, sendPostEmail, [4, 7])
    strictEqual((await queued(gator)).length, 3)
  },
  'the e-mails go out, the late one after an hour': async () => {
    const gator = testGator()
    await post(createApp(gator), 8)
    await drain(gator)
    deepStrictEqual(sent.splice(0), ['post 8 to user 1', 'post 8 to user 2'])
    await gator.clock.advance('1h')
    await drain(gator)
    deepStrictEqual(sent.splice(0), ['post 8 to user 3'])
  },
  'the late e-mail goes out while the test runner holds the timers': async (fakeTimers) => {
    const gator = testGator()
    await gator.options({ delayBy: '1h' }).task(sendPostEmail, 3, 9)
    fakeTimers()
    await gator.clock.advance('1h')
    await drain(gator)
    deepStrictEqual(sent.splice(0), ['post 9 to user 3'])
  },
  'a full mailbox is noticed': async () => {
    const gator = testGator()
    await gator.task(sendPostEmail, 13, 9)
    await rejects(drain(gator), /this mailbox is full/)
  },
}
