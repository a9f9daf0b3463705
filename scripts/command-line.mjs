// `npm run docs:commands`: writes what the built command line says of itself into docs/command-line.md, between the comments of
// that page; what stands around them is written by hand. With `--check` nothing is written, and a page that is out of date fails.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { format, resolveConfig } from 'prettier'
import { fill, partsOf, words } from './command-line/page.mjs'
import { root } from './packages.mjs'

const PAGE = 'docs/command-line.md'
/** What most commands take is told once. */
const SHARED = new Set(['--conn', '--json', '--state-store', '--import', '--root'])
const HELP = '--help'

const { alligator } = await import('../packages/cli/dist/esm/program.js')
// A command needs no more of it before it runs.
const program = alligator({})
const helper = program.createHelp()

/** The name as it is typed: `alligator schedules next`. */
const fullName = (command) => (command.parent ? `${fullName(command.parent)} ${command.name()}` : 'alligator')
const anchorOf = (command) => fullName(command).replaceAll(' ', '-')
const linkTo = (command) => `[\`${fullName(command)}\`](#${anchorOf(command)})`
const subcommands = (command) => helper.visibleCommands(command).filter((sub) => sub.name() !== 'help')
const below = (command) => subcommands(command).flatMap((sub) => [sub, ...below(sub)])

const row = (term, meaning) => `| ${term} | ${meaning} |`
const table = (title, rows) => [row(title, 'meaning'), row('---', '---'), ...rows].join('\n')
const code = (text) => `\`${text.replaceAll('|', '\\|')}\``
const fence = (text) => `\`\`\`text\n${text.replace(/^\n+|\s+$/g, '')}\n\`\`\``

/** What `addHelpText` adds. */
function added(command, event) {
  let text = ''
  command.emit(event, { error: false, command, write: (part) => (text += part) })
  return text
}

const optionRow = (option) => row(code(helper.optionTerm(option)), words(helper.optionDescription(option)))

function argumentRow(argument) {
  const name = argument.required ? `<${argument.name()}>` : `[${argument.name()}]`
  return row(code(argument.variadic ? name.replace(/.$/, '...$&') : name), words(argument.description))
}

function section(command, level) {
  const options = helper.visibleOptions(command).filter(({ long }) => long !== HELP)
  const shared = options.filter(({ long }) => SHARED.has(long))
  const own = options.filter(({ long }) => !SHARED.has(long))
  const rows = [...helper.visibleArguments(command).map(argumentRow), ...own.map(optionRow)]
  const flags = shared.map(({ long }) => code(long)).join(', ')
  const more = added(command, 'afterHelp')
  const children = subcommands(command)
  return [
    `${'#'.repeat(level)} ${fullName(command)}`,
    words(command.description() || sentence(command.summary())),
    fence(helper.commandUsage(command)),
    ...(rows.length > 0 ? [table('argument, option', rows)] : []),
    ...(shared.length > 0 ? [`Also [what most commands take](#what-most-commands-take): ${flags}.`] : []),
    ...(more === '' ? [] : [fence(more)]),
    ...children.map((child) => section(child, level + 1)),
  ].join('\n\n')
}

const sentence = (text) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`

function overview() {
  const rows = below(program).map((command) =>
    row(linkTo(command), words(helper.subcommandDescription(command))),
  )
  return table('command', rows)
}

/** Options of the same words wherever they are. */
function sharedOptions() {
  const found = new Map()
  for (const command of below(program))
    for (const option of helper.visibleOptions(command))
      if (SHARED.has(option.long)) found.set(option.long, optionRow(option))
  return table(
    'option',
    [...SHARED].map((name) => found.get(name)),
  )
}

function parts() {
  const commands = subcommands(program).map((command) => [`command ${command.name()}`, section(command, 3)])
  return new Map([
    ['overview', overview()],
    ['shared', sharedOptions()],
    ['facts', fence(added(program, 'afterAllHelp'))],
    ...commands,
  ])
}

/** A recorded call must still be possible. */
function checkRecorded(text) {
  for (const [, call] of text.matchAll(/^\$ alligator (.*)$/gm)) {
    const [name, second] = call.split(' ')
    const found = program.commands.find((command) => command.name() === name)
    if (!found) throw new Error(`${PAGE} has "alligator ${call}", and there is no such command.`)
    const command = found.commands.find((sub) => sub.name() === second) ?? found
    const known = [...command.options, ...found.options].flatMap(({ long, short }) => [long, short])
    for (const [flag] of call.matchAll(/(?<= )--[a-z-]+/g))
      if (!known.includes(flag)) throw new Error(`${PAGE} has "alligator ${call}", and there is no ${flag}.`)
  }
}

const file = join(root, PAGE)
const before = readFileSync(file, 'utf8')
const generated = parts()
const missing = [...generated.keys()].filter((name) => !partsOf(before).includes(name))
if (missing.length > 0)
  throw new Error(
    `${PAGE} has no place for ${missing.join(', ')}. Write <!-- ${missing[0]} --> <!-- end -->.`,
  )
const gone = partsOf(before).filter((name) => name.startsWith('command ') && !generated.has(name))
if (gone.length > 0) throw new Error(`${PAGE} has ${gone.join(', ')}, which is no command.`)
checkRecorded(before)
const options = { ...(await resolveConfig(file)), filepath: file }
const after = await format(fill(before, generated), options)
if (after === before) process.exit(0)
if (process.argv.includes('--check')) {
  console.error(`${PAGE} is not what the commands say. Run: npm run build && npm run docs:commands`)
  process.exit(1)
}
writeFileSync(file, after)
console.log(`${PAGE} is written anew.`)
