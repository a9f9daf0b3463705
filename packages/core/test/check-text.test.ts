import { checkText } from '@alligator/core/backend'

test.each(['', 'plain', 'größer', '\0', '\u{1F40A}'])('%j is kept as it is', (text) => {
  expect(checkText(text, 'queue')).toBe(text)
})

test.each(['\uD83D', 'a\uDC0A', '\uDC0A\uD83D'])('half of a surrogate pair is refused: %j', (text) => {
  expect(() => checkText(text, 'queue')).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', path: 'queue' }),
  )
})
