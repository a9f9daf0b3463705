import { type Compiler, ConsumerApp } from './compilers.js'

let app: ConsumerApp
beforeAll(() => {
  app = new ConsumerApp()
})
afterAll(() => app[Symbol.dispose]())

/** The marks of a fixture, by `file:line`. */
function marks(file: string): [place: string, mark: string][] {
  return app
    .read(file)
    .split('\n')
    .flatMap((line, index) => {
      const mark = / \/\/ refused: (.+)$/.exec(line)?.[1]
      return mark === undefined ? [] : [[`${file}:${index + 1}`, mark]]
    })
}

/** Every error is a marked one and says what its mark says, and every mark has its error. */
function expectMarked(compiler: Compiler, files: readonly string[], options: object = {}): void {
  const said = app.errors(compiler, files, options)
  const expected = files.flatMap(marks)
  const places = expected.map(([place]) => place)
  expect([...said].filter(([place]) => !places.includes(place))).toEqual([])
  const wrong = expected.filter(([place, mark]) => !said.get(place)?.includes(mark))
  expect(wrong.map(([place, mark]) => ({ place, mark, said: said.get(place) }))).toEqual([])
}

test('every entry has its types where subpaths are no exports but files, as under `module: commonjs`', () => {
  app.write(
    'node10.ts',
    `import { Gator } from '@alligator/core'
     import { LeasingClient } from '@alligator/core/backend'
     import { testGator } from '@alligator/core/testing'
     export const gators: Gator[] = [new Gator('locmem://'), testGator()]
     export abstract class Own extends LeasingClient {}`,
  )
  const options = { module: 'commonjs', moduleResolution: 'node10', skipLibCheck: false }
  expect(app.compile('typescript-oldest', ['node10.ts'], options)).toBe('')
})

describe('arguments are those of the function, and what JSON would change is refused in words', () => {
  test.each(['typescript-oldest', 'typescript-newest'] as const)('under %s', (compiler) => {
    expectMarked(compiler, ['accepted.ts', 'refused.ts'])
  })

  test('with exactOptionalPropertyTypes', () => {
    expectMarked('typescript-newest', ['accepted.ts', 'refused.ts', 'exact.ts'], {
      exactOptionalPropertyTypes: true,
    })
  })
})
