import { spawnSync } from 'node:child_process'
import { find } from '#places'

/**
 * Runs the tool that checks metrics, rules and expressions as Prometheus would; gives what it says.
 *
 * @throws Error when it finds anything, or is not there.
 */
export function promtool(args: readonly string[], input = ''): string {
  const program = find('promtool')
  if (program === undefined)
    throw new Error('promtool could not be found. npm test gets it; or: sudo apt-get install prometheus')
  const { status, stdout, stderr } = spawnSync(program, args, { input, encoding: 'utf8' })
  if (status !== 0) throw new Error(`promtool ${args.join(' ')} ended with ${status}:\n${stdout}${stderr}`)
  return stdout + stderr
}
