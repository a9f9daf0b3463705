import { Command, Option } from 'commander'
import { each, names } from './option-parsers.js'

/** A command whose mistakes are thrown, so that `failureOf` alone says how they are told. */
export function newCommand(name: string): Command {
  return new Command(name).exitOverride().configureOutput({ outputError: () => undefined })
}

const TARGET = 'a DSN, or a module that exports a gator (default: $ALLIGATOR_CONN)'

/** A command that works on the app's gator: it takes what `openGator` needs to find it. */
export function newAppCommand(name: string): Command {
  return withState(withAppOptions(newCommand(name).argument('[target]', TARGET)))
}

/** A command that looks into a store or changes what it holds: its arguments are tasks or queues, never the store. */
export function newStoreCommand(name: string): Command {
  return withJson(withState(withAppOptions(newCommand(name).option('--conn <target>', TARGET))))
}

/** A command whose arguments are stores. */
export function newStoresCommand(name: string): Command {
  return withJson(withAppOptions(newCommand(name)))
}

/** The queues that a command is about; `where` says what it does with them. */
export function queuesOption(where: string = 'only these queues'): Option {
  return new Option('--queue <names>', `${where}: a,b (default: all that hold anything)`).argParser(names)
}

function withJson(command: Command): Command {
  return command.option('--json', 'print JSON, for programs')
}

function withState(command: Command): Command {
  return command.option(
    '--state-store <dsn>',
    'the store of what that of a DSN cannot keep, such as the pauses of SQS and beanstalkd (default: $ALLIGATOR_STATE)',
  )
}

function withAppOptions(command: Command): Command {
  return command
    .option('--import <file>', 'load this file first, such as one that calls registerTasks; repeatable', each)
    .option('--root <dir>', "the folder of the app's code (default: that of the nearest package.json)")
}
