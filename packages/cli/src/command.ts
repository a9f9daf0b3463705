import { Command } from 'commander'

/** A command whose mistakes are thrown, so that `failureOf` alone says how they are told. */
export function newCommand(name: string): Command {
  return new Command(name)
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .configureHelp({ sortSubcommands: true, showGlobalOptions: true })
}
