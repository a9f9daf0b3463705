import { ConsumerApp } from './compilers.js'

const CALLS = 500

/** Calls of every make, each with types of its own, so that nothing is worked out once for all. */
const SHAPES: readonly ((n: number) => readonly [declarations: string, args: string])[] = [
  (n) => [`declare function f${n}(a: number, b: string): Promise<number>`, `${n}, 'x'`],
  (n) => [
    `interface M${n} { id: number; to: string; subject?: string; tags: readonly string[]; in: { a${n}: number } }
     declare function f${n}(m: M${n}): Promise<void>`,
    `{ id: ${n}, to: 'x', tags: ['a'], in: { a${n}: 1 } }`,
  ],
  (n) => [
    `type U${n} = { kind: 'a${n}'; value: number } | { kind: 'b${n}'; items: string[] }
     declare function f${n}(u: U${n}, retry?: boolean): string`,
    `{ kind: 'a${n}', value: 1 }, true`,
  ],
  (n) => [`declare function f${n}(first: string, ...rest: number[]): void`, `'a', 1, 2, 3`],
  (n) => [
    `declare function f${n}<T extends { id: number }>(x: T, y: readonly T[]): T`,
    `{ id: ${n}, name: 'x' }, [{ id: 1, name: 'y' }]`,
  ],
  (n) => [
    `interface T${n} { value: number; children: T${n}[]; parent?: T${n} }
     declare const t${n}: T${n}
     declare function f${n}(t: T${n}): boolean`,
    `t${n}`,
  ],
  (n) => [
    `type I${n} = string & { readonly __brand: 'I${n}' }
     declare const i${n}: I${n}
     declare function f${n}(i: I${n}, options?: { at?: number; mode: 'x' | 'y' }): void`,
    `i${n}, { mode: 'x' }`,
  ],
  (n) => [
    `declare function f${n}(rows: Record<string, { n${n}: number; list: (string | number)[] }>): Promise<number[]>`,
    `{ a: { n${n}: 1, list: ['a', 1] } }`,
  ],
  (n) => [
    `declare function f${n}(v: unknown, pair: readonly [number, string?]): Promise<{ ok: boolean }>`,
    `{ v${n}: 1, deep: [{ x: null }] }, [1, 'x']`,
  ],
  (n) => [
    `interface P${n} { id: number; profile: { mails: { to: string; n${n}: number }[]; theme: 'dark' | 'light' } }
     declare const p${n}: P${n}
     declare function f${n}(p: P${n}, dry?: boolean): void`,
    `p${n}`,
  ],
]

const PLAIN =
  'declare function task<A extends unknown[], R>(func: (...args: A) => R, ...args: A): Promise<Awaited<R>>'
const OURS = 'declare const gator: Gator'

function source(preamble: string, call: string): string {
  const lines = Array.from({ length: CALLS }, (_, n) => {
    const [declarations, args] = SHAPES[n % SHAPES.length]?.(n) ?? ['', '']
    return `${declarations}\nvoid ${call}(f${n}, ${args})`
  })
  return [`import type { Gator } from '@alligator/core'\n${preamble}`, ...lines].join('\n')
}

test('the check of arguments costs the compiler little', () => {
  using app = new ConsumerApp()
  const instantiations = (preamble: string, call: string) => {
    app.write('calls.ts', source(preamble, call))
    // On one thread the count is the same each time.
    const flags = ['--singleThreaded', '--extendedDiagnostics']
    const output = app.compile('typescript-newest', ['calls.ts'], { skipLibCheck: true }, ...flags)
    expect(output).not.toContain('error TS')
    return Number(/Instantiations:\s+(\d+)/.exec(output)?.[1])
  }
  const plain = instantiations(PLAIN, 'task')
  const ours = instantiations(OURS, 'gator.task')
  const aCall = (ours - plain) / CALLS
  expect(aCall).toBeGreaterThan(0)
  expect(aCall).toBeLessThan(250)
})
