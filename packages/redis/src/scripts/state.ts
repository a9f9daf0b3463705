/** Whether what is kept is as it should be. */
const FITS: string = /* lua */ `
local held = redis.call('GET', state)
local fits = condition == 'any' or condition == 'none' and not held or condition == 'same' and held == expected
`

/** What a call did is kept under a key of its own, so that it can be repeated whatever others do meanwhile. */
const DID_BEFORE: string = /* lua */ `
if again == '1' and redis.call('EXISTS', answer) == 1 then return 1 end
`

const DONE: string = /* lua */ `
redis.call('SET', answer, '', 'PX', patience)
return 1
`

/**
 * Keeps a value.
 *
 * `condition`: `any`, `none` or `same`, as what is `expected`; `ttl`: in milliseconds, or 0. Reply: 1, or 0 when what is kept is
 * something else than it should be
 */
export const PUT_STATE = {
  keys: ['state', 'answer'],
  args: ['condition', 'expected', 'again', 'patience', 'value', 'ttl'],
  lua: /* lua */ `${DID_BEFORE}${FITS}
if not fits then return 0 end
if ttl == '0' then
  redis.call('SET', state, value)
else
  redis.call('SET', state, value, 'PX', ttl)
end
if condition == 'any' then return 1 end
${DONE}
` as string,
} as const

/**
 * Forgets what is kept.
 *
 * Reply: 1, or 0 when there was no such thing
 */
export const DELETE_STATE = {
  keys: ['state', 'answer'],
  args: ['condition', 'expected', 'again', 'patience'],
  lua: /* lua */ `${DID_BEFORE}${FITS}
if not held or not fits then return 0 end
redis.call('DEL', state)
${DONE}
` as string,
} as const
