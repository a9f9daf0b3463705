import {
  type Client,
  Gator,
  LocmemClient,
  Task,
  type TaskOptions,
  Worker,
  type WorkerOptions,
  registerTasks,
  silentLogger,
} from '../src/index.js'
import { testGator } from '../src/testing.js'
import { add } from './tasks.js'

// What JavaScript lets through, and the compiler does not.

const gator = new Gator('locmem://')
const given = (options: object) => gator.options(options)
const unknown = (value: unknown) => value as never
const worker = (options: object) => new Worker(gator, options as WorkerOptions)

/** What is done, and what the error says behind what is wrong. */
type Misuse = readonly [what: string, act: () => unknown, says: string]

const NAMES: readonly Misuse[] = [
  ['mistyped', () => given({ retires: 3 }), 'gator.options has no option "retires". Did you mean `retries`?'],
  [
    'of BullMQ, in milliseconds',
    () => given({ delay: 5000 }),
    "Did you mean `delayBy`? It takes seconds, or text with a unit such as '500ms'.",
  ],
  [
    'that counts the first try',
    () => given({ attempts: 4 }),
    'Did you mean `retries: 3`? It counts the attempts after the first.',
  ],
  ['that counts it, and is no number', () => given({ attempts: 'x' }), 'Did you mean `retries`?'],
  ['of Python', () => given({ depends_on: 'x' }), 'Did you mean `dependsOn`?'],
  ['of Python, said otherwise there', () => given({ retry_limit: 3 }), 'Did you mean `retries`?'],
  ['of a gator', () => given({ queue: 'mails' }), 'Did you mean `queueName`?'],
  ['of a worker', () => given({ concurrency: 5 }), '`concurrency` is an option of new Worker(gator, { … }).'],
  [
    'like nothing',
    () => given({ banana: 1 }),
    'gator.options has no option "banana". It takes taskId, retries,',
  ],
  ['that every object has', () => given({ toString: 1 }), 'has no option "toString"'],
  [
    'whose value may be secret',
    () => new Gator('locmem://', unknown({ secrets: 'hidden' })),
    'new Gator has no option "secrets". Did you mean `secret`?',
  ],
  [
    'of a gator, in one',
    () => new Gator('locmem://', unknown({ queue_name: 'x' })),
    'Did you mean `queueName`?',
  ],
  [
    'of a gator, for a test',
    () => testGator(unknown({ inlined: true })),
    'testGator has no option "inlined". Did you mean `inline`?',
  ],
  [
    'of a task',
    () => new Task(unknown({ max_retries: 3 })),
    'new Task has no option "max_retries". Did you mean `retries`?',
  ],
  [
    'of a worker, in one',
    () => worker({ concurency: 5 }),
    'new Worker has no option "concurency". Did you mean `concurrency`?',
  ],
  ['of a queue, to a worker', () => worker({ queue: 'mails' }), 'Did you mean `toConsume`?'],
  ['of a task, to a worker', () => worker({ retries: 3 }), '`retries` is an option of gator.options({ … }).'],
  [
    'of a client',
    () => new LocmemClient('locmem://', unknown({ clocks: 1 })),
    'new LocmemClient has no option "clocks". Did you mean `clock`?',
  ],
  [
    'of an event of BullMQ',
    () => worker({}).on(unknown('completed'), () => undefined),
    "Did you mean 'task:success'?",
  ],
  [
    'of an event, cut short',
    () => worker({}).on(unknown('dead'), () => undefined),
    "Did you mean 'task:dead'?",
  ],
  [
    'of an event, mistyped',
    () => worker({}).on(unknown('task:sucess'), () => undefined),
    "Did you mean 'task:success'?",
  ],
  ['of no event', () => worker({}).on(unknown('banana'), () => undefined), 'There are task:start, '],
]

test.each(NAMES)('a name %s is refused, with what was meant', (_what, act, says) => {
  expect(act).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(says) as string }),
  )
})

const VALUES: readonly Misuse[] = [
  ['no store', () => new Gator(unknown(undefined)), 'Is the environment variable set that it comes from?'],
  [
    'a URL, with its password',
    () => new Gator(unknown(new URL('redis://u:hidden@h'))),
    'Pass its `href`, which is text.',
  ],
  [
    'a class of clients',
    () => new Gator(unknown(LocmemClient)),
    'Option store cannot be "LocmemClient". That is a class: pass an instance of it.',
  ],
  [
    'a client that extends nothing',
    () => new Gator({ push: () => '' } as unknown as Client),
    'A backend of your own extends `Client`.',
  ],
  [
    'a queue in place of options',
    () => new Gator('locmem://', unknown('mails')),
    'The options of new Gator cannot be "mails". For a queue pass { queueName: "mails" }.',
  ],
  [
    'null in place of options',
    () => gator.options(unknown(null)),
    'The options of gator.options cannot be null. Pass an object, or nothing.',
  ],
  ['a number in place of options', () => new Task(unknown(3)), 'The options of new Task cannot be 3.'],
  [
    'a DSN for a worker',
    () => new Worker(unknown('redis://u:hidden@h')),
    'A worker takes a gator: new Worker(new Gator(dsn)).',
  ],
  ['a client for a worker', () => new Worker(unknown(gator.backend)), 'A worker takes a gator'],
  [
    'no listener',
    () => worker({}).on('task:dead', unknown(undefined)),
    'Pass a function, which is called with each event.',
  ],
  [
    'a function in place of a task',
    () => gator.push(unknown(add), unknown(add)),
    'To enqueue a function, use gator.task(fn, ...args)',
  ],
  [
    'functions without a name',
    () => registerTasks(unknown({ add }), unknown(undefined)),
    "registerTasks('emails', { fn })",
  ],
  [
    'a name without functions',
    () => registerTasks('x', unknown(undefined)),
    "registerTasks('emails', { fn })",
  ],
  [
    'what looks like a task',
    () => gator.push({ retries: 3 } as Task, add, 1, 2),
    'Pass one that a class made which is `Task` or extends it.',
  ],
  ['what looks like tasks', () => gator.pushMany(unknown([{ retries: 3 }])), 'Pass one that a class made'],
  ['one task in place of several', () => gator.pushMany(unknown(new Task())), 'Pass a list of tasks.'],
  ['what looks like a task, to run it', () => gator.execute(unknown({})), 'Pass one that a class made'],
  [
    'text in place of a Date',
    () => given({ delayUntil: '2027-01-01' }),
    'Option delayUntil cannot be "2027-01-01". Pass a Date or Unix seconds.',
  ],
  [
    'null in place of an id',
    () => gator.get(unknown(null)),
    'Option taskId cannot be null. Pass the id of a task',
  ],
  [
    'arguments that are no lists',
    () => gator.taskMany(add, unknown([1, 2])),
    'list 1 of arguments: it is no list; pass a list of lists',
  ],
  [
    'text in place of a list, which would be spread',
    () => gator.taskMany(add, unknown(['ab'])),
    'list 1 of arguments: it is no list',
  ],
  ['no lists', () => gator.taskMany(add, unknown(undefined)), 'the lists of arguments: pass a list of lists'],
  [
    'an import that is not there',
    () => gator.task(unknown(undefined)),
    'undefined cannot be a task: there is no function. Does its module export it by that name?',
  ],
  [
    'a line break after a DSN',
    () => new Gator('redis://h/0\n'),
    'white space stands before or after it. Write it like redis://h/0.',
  ],
  [
    'a space before a DSN',
    () => new Gator(' locmem://'),
    'white space stands before or after it. Write it like locmem://.',
  ],
]

test.each(VALUES)('%s is refused in plain words', async (_what, act, says) => {
  const error: unknown = await (async () => act())().catch((thrown: unknown) => thrown)
  expect(error).toMatchObject({
    code: expect.stringMatching(/^[A-Z_]+$/) as string,
    message: expect.stringContaining(says) as string,
  })
  expect(String(error)).not.toContain('hidden')
})

test('classes of one’s own take options of their own', async () => {
  class TenantTask extends Task {}
  class TenantGator extends Gator {}
  class TenantWorker extends Worker {}
  const own = new TenantGator('locmem://', unknown({ taskClass: TenantTask, tenant: 'x' }))
  await own.options({ tenant: 'x' } as TaskOptions).task(add, 1, 2)
  await new TenantWorker(own, unknown({ tenant: 'x', burst: true, logger: silentLogger() })).runForever()
  expect(await own.len()).toBe(0)
})
