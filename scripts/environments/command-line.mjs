// Loaders that the command line works under: each imports the gator of the app, whose task a worker then runs.
import { commanded } from './apps.mjs'

const ALLIGATOR = 'node_modules/@alligator/cli/dist/esm/alligator.js'

const row = (name, type, end, ...loader) => [
  'The command line',
  name,
  commanded(type, end),
  ['node', ...loader, ALLIGATOR, 'worker', './gator.ts', '--burst'],
  'right',
  { isWhole: true },
]

export const COMMAND_LINE = [
  row('tsx, ES modules', 'module', '.js', '--import', 'tsx'),
  row('tsx, CommonJS', 'commonjs', '', '--import', 'tsx'),
  row('ts-node/register', 'commonjs', '', '-r', 'ts-node/register/transpile-only'),
  row('@swc-node/register', 'commonjs', '', '-r', '@swc-node/register'),
  row('esbuild-register', 'commonjs', '', '-r', 'esbuild-register'),
  row('sucrase/register', 'commonjs', '', '-r', 'sucrase/register'),
]
