import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'

/** Milliseconds in which a server must answer. */
const START_LIMIT = 10_000

/** A server of a test's own, on a free port. */
export interface RedisServer {
  readonly port: number
  readonly dsn: string
  /** Of its files. */
  readonly folder: string
  stop(signal?: NodeJS.Signals): Promise<void>
  /** Starts it again, on the same port and files. */
  start(): Promise<void>
}

/** Starts a server; `settings` are those of redis.conf. */
export async function startRedis(settings: Readonly<Record<string, string>> = {}): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'alligator-redis-'))
  const port = Number(settings['port'] ?? (await freePort()))
  const all = { save: '', appendonly: 'no', ...settings, port: String(port), bind: '127.0.0.1', dir: folder }
  const args = Object.entries(all).flatMap(([name, value]) => [
    `--${name}`,
    ...(value === '' ? [''] : value.split(' ')),
  ])
  let child: ChildProcess | undefined
  const server = {
    port,
    folder,
    dsn: `redis://127.0.0.1:${port}/0`,
    async start() {
      child = spawn('redis-server', args, { stdio: 'ignore' })
      await untilListening(port)
    },
    async stop(signal: NodeJS.Signals = 'SIGTERM') {
      if (child && child.exitCode === null && child.signalCode === null) {
        child.kill(signal)
        await once(child, 'exit')
      }
      if (signal === 'SIGTERM') rmSync(folder, { recursive: true, force: true })
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
  throw new Error(`redis-server does not listen on port ${port}.`)
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
