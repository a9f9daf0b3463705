import { currentTask } from '@alligator/core'

/** Opened by a test when held tasks may end. */
export const gate: { open: () => void; opened: Promise<void> } = makeGate()

/** What has been mended, so that it fails no longer. */
export const mended: Set<string> = new Set()

function makeGate(): { open: () => void; opened: Promise<void> } {
  let open: () => void = () => undefined
  const opened = new Promise<void>((resolve) => (open = resolve))
  return { open, opened }
}

export function sendPostEmail(_userId: number, _postId: number): void {}

/** Runs until it is canceled, or the gate is opened. */
export async function sendNewsletter(_list: string): Promise<void> {
  const signal = currentTask()?.signal
  const stopped = new Promise<void>((resolve) => signal?.addEventListener('abort', () => resolve()))
  await Promise.race([stopped, gate.opened])
}

/** Fails until it is mended. */
export function charge(order: string, code: string): void {
  if (mended.has(order)) return
  throw Object.assign(new Error(`The bank has refused order ${order}`), { code })
}

/** Tells how far it is, and comes no further. */
export function tellAndFail(line: string): void {
  currentTask()?.progress(0.4, 'page 12 of 30')
  currentTask()?.log(line)
  throw new Error('There is no more paper')
}

export function renderReport(_month: string, _options: { format: string; pages: number }): void {}

export function makeThumbnail(_path: string, _sizes: readonly number[]): void {}

export function callWebhook(_url: string, _event: object): void {}

export function publish(_album: string): void {}

export function alarm(_album: string): void {}

export function cleanUp(_album: string): void {}
