import { createHash } from 'node:crypto'

/** A script, and the name under which a server that has seen it once will know it. */
export interface Script {
  readonly lua: string
  readonly sha: string
}

/** Makes a script of Lua. */
export function script(lua: string): Script {
  return { lua, sha: createHash('sha1').update(lua).digest('hex') }
}
