import { evaluatedByVitest } from '../src/function-ref/loaded.js'
import { idFault, isInstalled, pathWithin, withoutExtension } from '../src/function-ref/module-id.js'

// As it is on Windows, where there is a backslash in every path.
jest.mock('node:path', () => jest.requireActual<typeof import('node:path')>('node:path').win32)

const FILE = String.raw`C:\app\src\tasks.ts`

test('ids have slashes, on every drive and in every case', () => {
  const path = pathWithin(String.raw`C:\app`, FILE) ?? ''
  expect(path).toBe('src/tasks.ts')
  expect(withoutExtension(path)).toBe('src/tasks')
  expect(pathWithin(String.raw`c:\APP`, FILE)).toBe('src/tasks.ts')
  expect(pathWithin(String.raw`D:\app`, FILE)).toBeUndefined()
  expect(pathWithin(String.raw`C:\app\src`, String.raw`C:\app\lib\tasks.ts`)).toBeUndefined()
})

test('what is installed is known as such, and no id is a path of Windows', () => {
  expect(isInstalled(String.raw`C:\app\node_modules\evil\index.js`)).toBe(true)
  expect([String.raw`src\tasks`, 'C:/app/src/tasks', String.raw`..\tasks`].map(idFault)).not.toContain(
    undefined,
  )
})

test('a module is found in the runner of vitest, which has slashes', () => {
  const module = { exports: { send: () => 1 } }
  const fileToModulesMap = new Map([['C:/app/src/tasks.ts', [module]]])
  Object.assign(globalThis, { __vitest_worker__: { evaluatedModules: { fileToModulesMap } } })
  expect([...evaluatedByVitest(FILE)]).toEqual([module])
  Reflect.deleteProperty(globalThis, '__vitest_worker__')
})
