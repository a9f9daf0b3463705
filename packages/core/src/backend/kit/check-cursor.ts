import { InvalidOptionError } from '../../errors/index.js'

/**
 * Reads where a page of a listing is to begin: the `next` of the page before, which a browser may have changed.
 *
 * @throws InvalidOptionError where it is none of this store.
 */
export function checkCursor(after: string, form: RegExp): readonly string[] {
  const parts = form.exec(after)
  if (parts) return parts.slice(1)
  throw new InvalidOptionError('after', after, 'Pass the `next` of the page before, as it is.')
}
