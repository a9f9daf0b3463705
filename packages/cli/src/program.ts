import type { Command } from 'commander'
import { newCommand } from './command.js'
import { benchCommand } from './commands/bench.js'
import { cancelCommand } from './commands/cancel.js'
import { checkCommand } from './commands/check.js'
import { completeCommand, completionCommand } from './commands/completion.js'
import { dashboardCommand } from './commands/dashboard.js'
import { deadCommand } from './commands/dead.js'
import { doctorCommand } from './commands/doctor.js'
import { dropCommand } from './commands/drop.js'
import { enqueueCommand } from './commands/enqueue.js'
import { expediteCommand } from './commands/expedite.js'
import { initCommand } from './commands/init.js'
import { listCommand } from './commands/list.js'
import { metricsCommand } from './commands/metrics.js'
import { migrateCommand } from './commands/migrate.js'
import { moveCommand } from './commands/move.js'
import { pauseCommand, pausedCommand, resumeCommand } from './commands/pause.js'
import { retryCommand } from './commands/retry.js'
import { schedulesCommand } from './commands/schedules.js'
import { showCommand } from './commands/show.js'
import { statusCommand } from './commands/status.js'
import { topCommand } from './commands/top.js'
import { workerCommand } from './commands/worker.js'
import type { Shutdown } from './shutdown.js'
import { version } from './version.js'

/** `alligator`: one subcommand for each file in `commands/`. */
export function alligator(shutdown: Shutdown): Command {
  return newCommand('alligator')
    .description(
      'Task queues: an exported function is a task, and a worker runs it. See you later, alligator.',
    )
    .version(version())
    .commandsGroup('Begin and run:')
    .addCommand(initCommand())
    .addCommand(workerCommand(shutdown))
    .addCommand(enqueueCommand())
    .addCommand(checkCommand())
    .commandsGroup('Look:')
    .addCommand(statusCommand())
    .addCommand(topCommand(shutdown))
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(deadCommand())
    .addCommand(pausedCommand())
    .addCommand(dashboardCommand(shutdown))
    .addCommand(metricsCommand(shutdown))
    .commandsGroup('Change:')
    .addCommand(retryCommand(shutdown))
    .addCommand(cancelCommand(shutdown))
    .addCommand(expediteCommand(shutdown))
    .addCommand(dropCommand())
    .addCommand(pauseCommand())
    .addCommand(resumeCommand())
    .addCommand(schedulesCommand())
    .commandsGroup('Stores:')
    .addCommand(doctorCommand())
    .addCommand(migrateCommand())
    .addCommand(moveCommand(shutdown))
    .addCommand(benchCommand(shutdown))
    .commandsGroup('Help:')
    .addCommand(completionCommand())
    .addCommand(completeCommand(), { hidden: true })
    .addHelpCommand(
      newCommand('help').argument('[command]').description('show what a command does').helpGroup('Help:'),
    )
    .addHelpText('after', EXAMPLES)
    .addHelpText('afterAll', FACTS)
}

/** `latergator`: the worker, under the name that it has in Alligator for Python. */
export function latergator(shutdown: Shutdown): Command {
  return workerCommand(shutdown).name('latergator').version(version()).addHelpText('afterAll', FACTS)
}

const EXAMPLES = `
Examples:
  $ alligator worker sqlite://tasks.db      run the tasks that the app puts on its queue
  $ alligator worker ./src/gator.ts         with the app's own Gator
  $ alligator help worker                   all that a worker can do`

const FACTS = `
Exit codes:
  0   done: also when a signal, --max-tasks, --max-memory or the end of a --burst stopped a worker
  1   failed: the store cannot be used, a module cannot be loaded, nobody caught an error
  2   called wrongly: unknown option, bad value, no DSN, a module without a gator
  130 stopped by Ctrl-C at a question, or by a signal before a retry or cancel of many tasks was done

Environment:
  ALLIGATOR_CONN    the DSN or module where none is given; an argument can be seen in the list of
                    processes, so a DSN with a password belongs here
  ALLIGATOR_STATE   what keeps what the store of a DSN cannot, as --state-store
  ALLIGATOR_ROOT    the folder of the app's code, as --root
  ALLIGATOR_APP     what the app is called, where several share a queue: no task of another runs
                    (default: the name in the package.json of the root)
  DEBUG=alligator   show the stack of errors
  NO_COLOR=1        no colors; there are none in a pipe`
