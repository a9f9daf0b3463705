// Where things are on this machine.
const { accessSync, constants, existsSync, readdirSync } = require('node:fs')
const { delimiter, join } = require('node:path')

/** Debian keeps the programs of each version of PostgreSQL apart, where PATH does not lead. */
const POSTGRES = '/usr/lib/postgresql'

/** The folder of programs that tests need alone, without the packages that they come from. */
exports.programs = join(__dirname, '../../node_modules/.programs')

/** The folder of the files that are not compiled. */
exports.files = __dirname

/** The version of the SQS emulator. */
exports.emulatorVersion = require('../package.json').dependencies.fauxqs

/** Where a program is, or undefined. */
exports.find = (program) =>
  folders()
    .map((folder) => join(folder, program))
    .find(isExecutable)

function folders() {
  const versions = existsSync(POSTGRES) ? readdirSync(POSTGRES) : []
  const newestFirst = versions.toSorted((a, b) => Number(b) - Number(a))
  const path = (process.env.PATH ?? '').split(delimiter)
  // What is for administrators is not on everybody's PATH.
  return [
    ...path,
    exports.programs,
    ...newestFirst.map((version) => join(POSTGRES, version, 'bin')),
    '/usr/sbin',
  ]
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK)
    return true
  } catch {
    return false
  }
}
