import { gunzipSync, gzipSync } from 'node:zlib'
import { listed } from './listed.js'
import {
  type Awaitable,
  Gator,
  type GatorOptions,
  type Payload,
  Task,
  type TaskContext,
  Worker,
  silentLogger,
} from '../src/index.js'

export const OLD: string = 'an old secret '.repeat(3)
export const NEW: string = 'a newer secret '.repeat(3)

/** A gator on a store of its own that signs. */
export function signing(options: GatorOptions = {}): Gator {
  return new Gator('locmem://', { secret: OLD, ...options })
}

/** What the store holds of the only waiting task. */
export async function stored(gator: Gator): Promise<Payload> {
  const [task] = await listed(gator, 'waiting')
  return task?.data ?? ''
}

export async function reasons(gator: Gator): Promise<(string | undefined)[]> {
  const tasks = await listed(gator, 'dead')
  return tasks.map(({ reason }) => reason?.code)
}

export async function workOff(gator: Gator): Promise<void> {
  await new Worker(gator, { burst: true, logger: silentLogger() }).runForever()
}

export class ZippedTask extends Task {
  override serialize(): Payload {
    return gzipSync(super.serialize() as string)
  }

  static override deserialize(data: Payload, context?: TaskContext): Awaitable<Task> {
    return super.deserialize(gunzipSync(data).toString(), context)
  }
}
