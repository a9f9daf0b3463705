import { redactDsn } from '@alligator/core'
import { type Command, Option } from 'commander'
import { newStoreCommand, queuesOption } from '../command.js'
import { UsageError } from '../failure.js'
import { interruptible } from '../interruptible.js'
import { checkShared, openGator } from '../open-gator.js'
import { duration } from '../option-parsers.js'
import { printJson } from '../output.js'
import type { Shutdown } from '../shutdown.js'
import { factsOf } from './schedules.js'
import { Session } from '../top/session.js'
import { Camera } from '../top/snapshot.js'
import type { StoreFlags } from '../with-gator.js'

interface TopFlags extends StoreFlags {
  readonly queue?: readonly string[]
  readonly every: number
}

/** `alligator top`. */
export function topCommand(shutdown: Shutdown): Command {
  return newStoreCommand('top')
    .summary('watch a store on a live screen')
    .description(ABOUT)
    .addOption(queuesOption())
    .addOption(
      new Option('--every <time>', 'look again so often').argParser(duration('--every')).default(1, '1s'),
    )
    .action((flags: TopFlags) => top(flags, shutdown))
}

const ABOUT = `Shows queues, workers, schedules, what runs and comes next, and dead letters with their errors, and goes on looking. Keys \
retry, cancel, drop and pause; the last line names them. With --json it looks once.`

async function top({ queue, every, json = false, ...flags }: TopFlags, shutdown: Shutdown): Promise<void> {
  if (!json && !(process.stdin.isTTY && process.stdout.isTTY))
    throw new UsageError(
      'alligator top needs a terminal. In a pipe, use alligator status --watch, or top --json.',
    )
  const { gator } = await openGator(flags.conn, flags)
  checkShared(gator.backend)
  const step = async (signal: AbortSignal) => {
    if (json) {
      const { schedules, ...snapshot } = await new Camera(gator, queue).look()
      const facts = schedules.map((schedule) => factsOf(gator, schedule))
      printJson({ store: redactDsn(gator.backend.dsn), ...snapshot, schedules: facts })
    } else await new Session(gator, queue).run(every, signal)
  }
  await interruptible(shutdown, step, () => gator.close())
}
