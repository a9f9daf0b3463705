const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
/** Where the digits of a uuid are; three of them make two letters. */
const PLACES = Array.from('xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx', (x, at) => (x === 'x' ? at : -1)).filter(
  (at) => at >= 0,
)
/** What base64url writes for each six bits. */
const LETTERS = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_')

const packed = Buffer.alloc(22)

/**
 * The 22 characters of a uuid in base64url; `undefined` for any other text. By hand, since it is done for each task that is
 * pushed, and a `Buffer` of its own for each costs more than all the rest.
 */
export function packUuid(text: string): string | undefined {
  if (!UUID.test(text)) return undefined
  for (let at = 0, place = 0; at < packed.length; at += 2, place += 3) {
    const bits = (digit(text, place) << 8) | (digit(text, place + 1) << 4) | digit(text, place + 2)
    packed[at] = LETTERS[bits >> 6] ?? 0
    packed[at + 1] = LETTERS[bits & 63] ?? 0
  }
  return packed.toString('latin1')
}

/** The uuid that was packed. */
export function unpackUuid(text: string): string {
  const hex = Buffer.from(text, 'base64url').toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** A digit's value; the last letter lacks one. */
function digit(text: string, place: number): number {
  const at = PLACES[place]
  if (at === undefined) return 0
  const code = text.charCodeAt(at)
  return code < 0x61 ? code - 0x30 : code - 0x57
}
