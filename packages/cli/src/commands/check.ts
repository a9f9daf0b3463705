import { type Gator, need } from '@alligator/core'
import type { Command } from 'commander'
import { Checks, type Problem } from '../checks.js'
import { newStoreCommand, queuesOption } from '../command.js'
import { counted, print, printJson } from '../output.js'
import { printable } from '../printable.js'
import { chosenQueues } from '../queue-names.js'
import { Progress } from '../progress.js'
import { colors } from '../terminal.js'
import { type StoreFlags, withAnyGator } from '../with-gator.js'

interface CheckFlags extends StoreFlags {
  readonly queue?: readonly string[]
}

/** `alligator check`. */
export function checkCommand(): Command {
  return newStoreCommand('check')
    .summary('tell which tasks would not run here')
    .description(ABOUT)
    .argument(
      '[modules...]',
      'modules whose functions are tasks, as ids or paths: src/emails, ./dist/emails.js',
    )
    .addOption(queuesOption())
    .action((modules: string[], flags: CheckFlags) => check(modules, flags))
}

const ABOUT = `Resolves every function that the modules export, and every task that is now queued, as a worker \
would. Ends with 1 when one of them would not run here: before a deploy that tells whether the new code still knows \
what the old code has enqueued.`

async function check(modules: readonly string[], { queue, ...flags }: CheckFlags): Promise<void> {
  const conn = flags.conn ?? process.env['ALLIGATOR_CONN']
  // Modules can be checked without a store.
  const place = !conn && modules.length > 0 ? 'locmem://' : conn
  await withAnyGator({ ...flags, ...(place !== undefined && { conn: place }) }, async (gator) => {
    const checks = new Checks(gator)
    for (const module of modules) await checks.module(module)
    await checkQueues(checks, gator, queue)
    tell(checks, flags.json)
    if (modules.length > 0 && !flags.json && !gator.context.refs.allow) suggestAllow(checks)
    if (checks.problems.length > 0) process.exitCode = 1
  })
}

async function checkQueues(
  checks: Checks,
  gator: Gator,
  named: readonly string[] | undefined,
): Promise<void> {
  const listing = need(gator.backend, 'listing', 'alligator check')
  using progress = new Progress('Checking')
  for (const queue of await chosenQueues(gator, named)) {
    const { waiting, delayed, running } = await gator.backend.counts(queue)
    const before = checks.checked
    const total = waiting + delayed + running
    await checks.queue(listing, queue, () => progress.show(checks.checked - before, total))
  }
}

function tell({ checked, problems, more, modules }: Checks, json = false): void {
  if (json) return printJson({ checked, problems, more, modules: [...modules].sort() })
  for (const problem of problems) print(line(problem))
  if (more > 0) print(`… and ${counted(more, 'more task')} that would not run`)
  if (problems.length === 0) print(`All is well: ${checked} checked, and each would run here.`)
}

/** Whoever names the modules with tasks can forbid all others. */
function suggestAllow({ problems, modules }: Checks): void {
  if (problems.length > 0 || modules.size === 0) return
  const patterns = [...modules].sort().map((id) => JSON.stringify(literally(id)))
  print(
    `If no other module has tasks, let workers import none: allow: [${printable(patterns.join(', '))}] in the options of the Gator.`,
  )
}

/** A pattern for this id alone. */
function literally(id: string): string {
  return id.replace(/[\\*?[\]{}()!|]/g, '\\$&')
}

function line({ name, message, tasks, taskId, queue }: Problem): string {
  const where =
    tasks === 0 ? '' : ` (${counted(tasks, 'task')} on queue ${queue}: ${taskId}${tasks > 1 ? ', …' : ''})`
  return `${colors.red(printable(name ?? 'unreadable'))}: ${printable(message + where)}`
}
