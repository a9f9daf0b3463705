import { need } from '@alligator/core'
import type { Command } from 'commander'
import { newStoreCommand } from '../command.js'
import { print, printJson } from '../output.js'
import { type StoreFlags, withGator } from '../with-gator.js'

interface MigrateFlags extends StoreFlags {
  readonly sql?: boolean
}

/** `alligator migrate`. */
export function migrateCommand(): Command {
  return newStoreCommand('migrate')
    .summary('make the tables of a store')
    .description(
      'Makes the tables of a store where they are absent, as an app does by itself when its user may. Tables that are there are ' +
        'checked, and left as they are.',
    )
    .option('--sql', 'print the SQL, for somebody else to run, and do nothing')
    .action((flags: MigrateFlags) => migrate(flags))
}

async function migrate({ sql = false, ...flags }: MigrateFlags): Promise<void> {
  await withGator(flags, async ({ backend }) => {
    const migrations = need(backend, 'migrations', 'alligator migrate')
    if (sql) {
      if (flags.json) printJson({ sql: migrations.sql })
      else print(migrations.sql)
      return
    }
    const { version, created } = await migrations.migrate()
    if (flags.json) printJson({ version, created })
    else print(`The tables ${created ? 'were made' : 'are there already'}: version ${version}.`)
  })
}
