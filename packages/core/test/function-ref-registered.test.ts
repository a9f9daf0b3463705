import { runInThisContext } from 'node:vm'
import { type AnyFunction, importModule, registerTasks } from '../src/index.js'
import { TemporaryApp, code } from './temporary-app.js'

let app: TemporaryApp
beforeEach(() => (app = new TemporaryApp()))
afterEach(() => app.remove())

describe('registerTasks', () => {
  test('names any function, in a bundle or a closure, whatever allow says', async () => {
    const closure = (
      () => () =>
        1
    )()
    registerTasks('letters', { send: closure })
    expect(app.find(closure, [])).toEqual({ module: 'letters', callable: 'send' })
    expect(await app.follow('letters', 'send', [])).toBe(closure)
    expect(await importModule('letters')).toEqual({ send: closure })
  })

  test('wins over the file, also for a function that was found before', () => {
    const { job } = app.load('src/tasks.js', 'exports.job = () => 1')
    const producer = app.refs()
    expect(producer.find(job as AnyFunction)).toEqual({
      module: 'src/tasks',
      callable: 'job',
      app: 'the-app',
    })
    registerTasks('renamed', { job: job as AnyFunction })
    expect(producer.find(job as AnyFunction)).toEqual({ module: 'renamed', callable: 'job' })
  })

  test('follows former names', async () => {
    const send = () => 1
    registerTasks('mails', { send }, { aliases: { 'src/mail': 'mails', 'old/mail': 'mails' } })
    expect(await app.follow('src/mail', 'send')).toBe(send)
    expect(await app.follow('old/mail', 'send')).toBe(send)
    await expect(app.follow('src/mail', 'absent')).rejects.toEqual(code('UNKNOWN_MODULE'))
  })

  test('refuses a name that is taken, and leaves all as it was', () => {
    const first = () => 1
    registerTasks('taken', { first }, { aliases: { 'src/taken': 'taken' } })
    registerTasks('taken', { first, second: () => 2 })
    expect(() => registerTasks('taken', { third: first, first: () => 3 })).toThrow(
      code('DUPLICATE_REGISTRATION'),
    )
    expect(() => registerTasks('other', {}, { aliases: { 'src/taken': 'other' } })).toThrow(
      code('DUPLICATE_REGISTRATION'),
    )
    expect(() => registerTasks('other', {}, { aliases: { taken: 'other' } })).toThrow(
      code('DUPLICATE_REGISTRATION'),
    )
    expect(app.find(first)).toEqual({ module: 'taken', callable: 'first' })
  })

  test('takes the function that a development server evaluated anew', async () => {
    const file = app.write('hot.js', 'exports.job = () => 1')
    const evaluate = (source: string) =>
      runInThisContext(`(exports) => { ${source}; return exports }`, { filename: file })({}) as {
        job: AnyFunction
      }
    const first = evaluate('exports.job = () => 1')
    registerTasks('hot', first)
    const edited = evaluate('\n\nexports.job = () => 2')
    registerTasks('hot', edited)
    expect(await app.follow('hot')).toBe(edited.job)
  })

  describe('where a file is evaluated once for each bundle that it is in', () => {
    /** One bundle, which exports no task. */
    const bundle = (name: string, source: string) =>
      runInThisContext(`() => { ${source}; return job }`, {
        filename: app.write(name, source),
      })() as AnyFunction

    const warnings = jest.spyOn(process, 'emitWarning').mockReturnValue()
    beforeEach(() => warnings.mockClear())
    afterAll(() => warnings.mockRestore())

    test('the last copy runs, and each may be enqueued', async () => {
      const copies = ['page.js', 'route.js', 'page.js'].map((name) => bundle(name, 'const job = () => 1'))
      for (const job of copies) registerTasks('copied', { job })
      for (const job of copies) expect(app.find(job)).toEqual({ module: 'copied', callable: 'job' })
      expect(await app.follow('copied')).toBe(copies.at(-1))
      expect(warnings).not.toHaveBeenCalled()
    })

    test('the last one counts, with one warning, where it was edited between two bundles', async () => {
      for (const [name, source] of [
        ['page.js', 'const job = () => 1'],
        ['route.js', 'const job = () => 2'],
        ['other.js', 'const job = () => 3'],
      ] as const)
        registerTasks('edited', { job: bundle(name, source) })
      expect(((await app.follow('edited')) as () => unknown)()).toBe(3)
      expect(warnings.mock.calls).toEqual([
        [
          expect.stringMatching(/"edited#job" twice.*The last one counts/),
          { type: 'AlligatorRegistrationWarning' },
        ],
      ])
    })

    test('two files that both export their function are two functions, whatever they look like', () => {
      const [one, other] = ['one.js', 'other.js'].map((name) => app.load(name, 'exports.job = () => 1').job)
      registerTasks('claimed', { job: one as AnyFunction })
      expect(() => registerTasks('claimed', { job: other as AnyFunction })).toThrow(
        code('DUPLICATE_REGISTRATION'),
      )
      expect(app.find(one)).toEqual({ module: 'claimed', callable: 'job' })
      expect(app.find(other)).toMatchObject({ module: 'other' })
    })
  })

  test('takes functions only', () => {
    const functions = { word: 'text' } as unknown as Record<string, AnyFunction>
    expect(() => registerTasks('words', functions)).toThrow(code('INVALID_OPTION'))
  })

  test('a function whose file goes by a registered name is refused rather than mixed up', () => {
    const { job } = app.load('clash.js', 'exports.job = () => 1')
    registerTasks('clash', { job: () => 2 })
    expect(() => app.find(job)).toThrow(code('AMBIGUOUS_MODULE'))
  })
})
