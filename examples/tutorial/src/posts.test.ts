import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertQueued, drain } from '@alligator/core/testing'
import { sendPostEmail } from './emails.js'
import { gator } from './gator.js'
import { publish } from './posts.js'

test('every follower gets an e-mail', async () => {
  const postId = await publish('Hello!')
  await assertQueued(gator, sendPostEmail, [1, postId])
  assert.equal((await drain(gator)).length, 4)
})
