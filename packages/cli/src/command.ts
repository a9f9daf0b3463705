import { Command } from 'commander'
import { each } from './option-parsers.js'

/** A command whose mistakes are thrown, so that `failureOf` alone says how they are told. */
export function newCommand(name: string): Command {
  return new Command(name).exitOverride().configureOutput({ outputError: () => undefined })
}

/** A command that works on the app's gator: it takes what `openGator` needs to find it. */
export function newAppCommand(name: string): Command {
  return newCommand(name)
    .argument('[target]', 'a DSN, or a module that exports a gator (default: $ALLIGATOR_CONN)')
    .option('--import <file>', 'load this file first, such as one that calls registerTasks; repeatable', each)
    .option('--root <dir>', "the folder of the app's code (default: that of the nearest package.json)")
}
