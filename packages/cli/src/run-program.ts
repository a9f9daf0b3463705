import { type Logger, currentTask, messageOf, redactDsn, stackOf } from '@alligator/core'
import type { Command } from 'commander'
import { failureOf } from './failure.js'
import type { Shutdown } from './shutdown.js'

/** Parses the command line, does what it says, and tells of what went wrong. */
export async function runProgram(program: Command, shutdown: Shutdown): Promise<void> {
  // Whoever read the output has gone, or its disk is full: that must not stop the tasks.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  shutdown.watch((error, worker) => {
    const log = worker?.getLog?.()
    if (log) logEscape(error, log)
    else report(error)
  })
  try {
    await program.parseAsync()
  } catch (error) {
    const exitCode = report(error)
    // Modules of the app that have been loaded may keep the process from ending by itself.
    if (exitCode > 0) process.exit(exitCode)
  }
}

function report(error: unknown): number {
  const { exitCode, text } = failureOf(error, wantsStack())
  if (text !== '') process.stderr.write(withoutPasswords(`alligator: ${text}\n`))
  return exitCode
}

/** An error that a running worker met outside of what it awaits, which is mostly a task's promise that nobody awaits. */
function logEscape(error: unknown, log: Logger): void {
  const [message, stack] = [messageOf(error), stackOf(error)]
  const task = currentTask()
  const from = task ? `, from ${task.func?.name} ${task.taskId},` : ''
  log.error(
    `An error that nobody caught${from} stops this worker (${message}). Await every promise that a task starts.`,
    { event: 'worker:escape', taskId: task?.taskId, name: task?.func?.name, error: message, stack },
  )
}

/** Not by the parser: it may be the parser that failed. */
function wantsStack(): boolean {
  return process.argv.includes('--verbose') || /\balligator\b/.test(process.env['DEBUG'] ?? '')
}

/** A message may quote what was typed, and a DSN may be typed in the wrong place. */
function withoutPasswords(text: string): string {
  const words = [
    ...process.argv.slice(2),
    process.env['ALLIGATOR_CONN'] ?? '',
    process.env['ALLIGATOR_STATE'] ?? '',
  ]
  // JSON and names of queues stay as they are.
  const stores = words.filter((word) => /:\/\/|@/.test(word))
  return stores.reduce((clean, word) => clean.replaceAll(word, () => redactDsn(word)), text)
}
