import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const example = join(__dirname, '..')

interface Run {
  readonly child: ChildProcessWithoutNullStreams
  /** What it has printed so far. */
  output: string
  /** Its exit code, once it has ended. */
  readonly code: Promise<unknown>
}

/** Where the runs keep their files, and should leave none. */
let temporary: string
const runs: Run[] = []

beforeAll(() => {
  if (!existsSync(join(example, 'node_modules/@alligator/cli/dist'))) {
    throw new Error('The packages are not built. Run: npm run build')
  }
})

beforeEach(() => {
  temporary = mkdtempSync(join(tmpdir(), 'alligator-quickstart-test-'))
})

afterEach(() => {
  for (const { child } of runs.splice(0)) child.kill('SIGKILL')
  rmSync(temporary, { recursive: true, force: true })
})

function start(): Run {
  const env = { ...process.env, TMPDIR: temporary }
  // Not this folder: it has to work from anywhere.
  const child = spawn(process.execPath, [join(example, 'run.mjs')], { cwd: temporary, env })
  const run = { child, output: '', code: once(child, 'close').then(([code]) => code as unknown) }
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (run.output += String(text)))
  runs.push(run)
  return run
}

/** Resolves when the run has printed something that matches. */
async function printed(run: Run, pattern: RegExp): Promise<RegExpExecArray> {
  for (;;) {
    const match = pattern.exec(run.output)
    if (match) return match
    if (run.child.exitCode !== null) throw new Error(`It ended before it printed ${pattern}:\n${run.output}`)
    await Promise.race([once(run.child.stdout, 'data'), once(run.child, 'exit')])
  }
}

function numberOf(run: Run, name: string): number {
  return Number(new RegExp(`^ +${name} +(\\d+)`, 'm').exec(run.output)?.[1])
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

async function workerOf(run: Run): Promise<number> {
  return Number((await printed(run, /process (\d+)/))[1])
}

function expectNothingLeft(...workers: readonly number[]): void {
  expect(workers.filter(isAlive)).toEqual([])
  expect(readdirSync(temporary)).toEqual([])
}

it('delivers each e-mail once, also while another run is under way, and leaves nothing behind', async () => {
  const both = [start(), start()]
  const workers = await Promise.all(both.map(workerOf))
  for (const run of both) {
    expect({ code: await run.code, output: run.output }).toMatchObject({ code: 0 })
    expect(numberOf(run, 'delivered')).toBe(200)
    expect(numberOf(run, 'duplicates')).toBe(0)
    expect(numberOf(run, 'lost')).toBe(0)
    expect(numberOf(run, 'retried')).toBe(24)
  }
  expectNothingLeft(...workers)
})

it('cleans up when it is interrupted', async () => {
  const run = start()
  const worker = await workerOf(run)
  await printed(run, / of 200 e-mails/)
  run.child.kill('SIGINT')
  expect(await run.code).toBe(130)
  expect(run.output).toContain('Stopped by SIGINT.')
  expectNothingLeft(worker)
})

it('fails with a reason when its worker dies', async () => {
  const run = start()
  const worker = await workerOf(run)
  process.kill(worker, 'SIGKILL')
  expect(await run.code).toBe(1)
  expect(run.output).toContain('The worker ended with SIGKILL.')
  expectNothingLeft(worker)
})
