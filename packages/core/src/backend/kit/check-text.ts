import { toUSVString } from 'node:util'
import { InvalidArgumentError } from '../../errors/index.js'

/**
 * Gives text that a store of UTF-8 keeps as it is. A lone surrogate has no UTF-8, and would come back as another character.
 *
 * @throws InvalidArgumentError naming `path`, which says what the text is.
 */
export function checkText(text: string, path: string): string {
  if (toUSVString(text) === text) return text
  throw new InvalidArgumentError(
    path,
    'it holds half of a surrogate pair, which cannot be stored. Pass well-formed text.',
  )
}
