import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { newCommand } from './command.js'
import { workerCommand } from './commands/worker.js'
import type { Shutdown } from './shutdown.js'

/** `alligator`: one subcommand for each file in `commands/`. */
export function alligator(shutdown: Shutdown): Command {
  return newCommand('alligator')
    .description('Task queues: see you later, alligator.')
    .version(version())
    .addCommand(workerCommand(shutdown))
}

/** `latergator`: the worker under the name that it has always had. */
export function latergator(shutdown: Shutdown): Command {
  return workerCommand(shutdown).name('latergator').version(version())
}

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(manifest) as { version: string }).version
}
