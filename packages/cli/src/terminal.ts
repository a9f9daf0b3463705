import { isatty } from 'node:tty'
import pc from 'picocolors'

const { env, stdout } = process

/**
 * None in a pipe, also where the library alone would color one (it does where CI is set), and none
 * for those who do not want them (https://no-color.org).
 */
export const colors: ReturnType<typeof pc.createColors> = pc.createColors(
  isatty(1) && !env['NO_COLOR'] && env['TERM'] !== 'dumb',
)

/** How wide a line of output may be; a pipe takes any. */
export function outputWidth(): number {
  return stdout.isTTY ? stdout.columns : Number.POSITIVE_INFINITY
}
