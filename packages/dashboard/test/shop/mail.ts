import { currentTask } from '@alligator/core'

/** Lets a test hold tasks for as long as it wants. */
export const gate: { open: () => void; opened: Promise<void> } = makeGate()

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

export function renderReport(_month: string, _options: { format: string; pages: number }): void {}

export function makeThumbnail(_path: string, _sizes: readonly number[]): void {}

export function callWebhook(_url: string, _event: object): void {}
