import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Script, textOf, wordsOf } from '../src/scripts/script.js'
import { flawsOf } from './lua.js'

const FOLDER = join(__dirname, '../src/scripts')

/** Every script, by its name. */
function scripts(): [name: string, script: Script][] {
  return readdirSync(FOLDER).flatMap((file) => {
    const exported = require(join(FOLDER, file)) as Readonly<Record<string, unknown>>
    return Object.entries(exported).filter((entry): entry is [string, Script] => isScript(entry[1]))
  })
}

function isScript(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'lua' in value
}

describe('the check of Lua', () => {
  it.each([
    ['local found = redis.call("GET", KEYS[1])\nreturn found', []],
    ['retrun 1', [expect.stringMatching(/^SyntaxError: \[1:7\]/)]],
    ['local a, b = 1, 2\nreturn a', ['nothing reads b']],
    ['local function f(x, _) return 1 end\nreturn 1', ['nothing reads x', 'nothing reads f']],
    [
      'for n, id in ipairs(ARGV) do local n = id end\nreturn n',
      ['nothing reads n', 'nothing reads n', 'n is a global'],
    ],
    [
      'count = 1\nlocal times = 1\ntimes = 2\nreturn { count }',
      ['count is a global', 'count is a global', 'nothing reads times'],
    ],
  ])('%j', (lua, flaws) => expect(flawsOf(lua)).toEqual(flaws))
})

it.each(scripts())('%s is Lua that reads each of its keys and arguments, and nothing else', (_, script) => {
  expect(flawsOf(textOf(script).lua)).toEqual([])
})

describe('a script is called with what it names', () => {
  const queues = [
    { tasks: 't1', idle: 'i1', ended: 'e1' },
    { tasks: 't2', idle: 'i2', ended: 'e2' },
  ]

  test('its keys, then its arguments, then the rest', () => {
    const script = {
      keys: ['idle', 'tasks'],
      args: ['id', 'again', 'data'],
      rest: 'more',
      lua: 'return 1',
    } as const
    const call = { queues: queues.slice(0, 1), args: { data: 'd', id: 7 }, rest: ['x', 'y'] }
    expect(wordsOf('sha', script, call, false)).toEqual(['sha', 2, 'i1', 't1', 7, 0, 'd', 'x', 'y'])
    expect(wordsOf('sha', script, call, true)).toEqual(['sha', 2, 'i1', 't1', 7, 1, 'd', 'x', 'y'])
    expect(textOf(script).lua).toBe(
      'local id, again, data = ARGV[1], ARGV[2], ARGV[3]\nlocal rest = 4\nlocal idle, tasks = KEYS[1], KEYS[2]\nreturn 1',
    )
  })

  test('the keys of several queues, and more of them when it is repeated', () => {
    const script = {
      keys: ['tasks', 'idle'],
      keysAgain: ['ended'],
      isForMany: true,
      args: ['again'],
      lua: 'return 1',
    } as const
    const call = { queues, args: {} }
    expect(wordsOf('sha', script, call, false)).toEqual(['sha', 4, 't1', 'i1', 't2', 'i2', 0])
    expect(wordsOf('sha', script, call, true)).toEqual(['sha', 6, 't1', 'i1', 'e1', 't2', 'i2', 'e2', 1])
    expect(textOf(script).lua).toBe(
      "local again = ARGV[1]\nlocal TASKS, IDLE, ENDED = 1, 2, 3\nlocal width = again == '1' and 3 or 2\nreturn 1",
    )
  })
})
