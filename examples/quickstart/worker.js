// @ts-check
// Runs `alligator worker ./gator.js` as a process of its own, as you would beside your web server.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export const WORKER_ARGS = ['worker', './gator.js', '--concurrency', '20']

/** How many lines of its log are kept, which is enough to see what went wrong. */
const LOG_LINES = 10

function commandFile() {
  const manifest = new URL(import.meta.resolve('@alligator/cli/package.json'))
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8'))
  return fileURLToPath(new URL(bin.alligator, manifest))
}

/** A worker with the environment of this process. */
export class WorkerProcess {
  /** What it said last. */
  log = ''
  #child = spawn(process.execPath, [commandFile(), ...WORKER_ARGS], {
    cwd: import.meta.dirname,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  /** Fulfilled with its exit code, or with the signal that ended it. */
  ended = once(this.#child, 'exit').then(([code, signal]) => code ?? signal)

  constructor() {
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.on('data', (text) => this.#keep(text))
    }
    process.once('exit', () => this.#child.kill('SIGKILL'))
  }

  /** @param {Buffer} text */
  #keep(text) {
    this.log = (this.log + text).split('\n').slice(-LOG_LINES).join('\n')
  }

  get pid() {
    return this.#child.pid
  }

  /**
   * Asks it to end, and ends it by force if it has not done so within some seconds. Gives what `ended` does.
   * @param {number} seconds
   */
  async stop(seconds) {
    this.#child.kill('SIGTERM')
    const late = sleep(seconds * 1000, 'late', { ref: false })
    if ((await Promise.race([this.ended, late])) === 'late') this.#child.kill('SIGKILL')
    return this.ended
  }
}
