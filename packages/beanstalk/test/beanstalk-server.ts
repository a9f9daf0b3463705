import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** Milliseconds in which a server must answer. */
const START_LIMIT = 10_000

/** A server of a test's own, on a free port, which keeps its jobs through `kill` and `start`. */
export interface BeanstalkServer {
  readonly port: number
  readonly dsn: string
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>
  /** Tells it to take no new jobs. */
  drain(): void
  /** Starts it again, on the same port and files. */
  start(): Promise<void>
  /** Ends it for good. */
  stop(): Promise<void>
}

/** Starts a server, with more of its options if need be, and at most so many KiB of memory. */
export async function startBeanstalk(
  options: readonly string[] = [],
  memory: number | 'unlimited' = 'unlimited',
): Promise<BeanstalkServer> {
  const folder = mkdtempSync(join(tmpdir(), 'alligator-beanstalk-'))
  const port = await freePort()
  let child: ChildProcess | undefined
  const server = {
    port,
    dsn: `beanstalk://127.0.0.1:${port}/`,
    async start() {
      const args = ['-l', '127.0.0.1', '-p', String(port), '-b', folder, '-f0', ...options]
      // The shell gives way to the server, so that its process is ours to end.
      const script = `ulimit -v ${memory}; exec beanstalkd "$@"`
      child = spawn('sh', ['-c', script, 'sh', ...args], { stdio: 'ignore' })
      await untilListening(port)
    },
    async kill() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await once(child, 'exit')
    },
    drain() {
      child?.kill('SIGUSR1')
    },
    async stop() {
      await server.kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await server.start()
  return server
}

/** Gives a port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  return typeof address === 'object' && address ? address.port : 0
}

async function untilListening(port: number): Promise<void> {
  const end = Date.now() + START_LIMIT
  while (Date.now() < end) {
    if (await accepts(port)) return
    await pause(10)
  }
  throw new Error(
    `beanstalkd does not listen on port ${port}. Is it installed? sudo apt-get install beanstalkd`,
  )
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
