import type { Finding, Health } from '@alligator/core'
import type { Connection } from './connection.js'
import { dropsKeys } from './eviction.js'

/** Asks the server what would lose tasks. */
export class Examination implements Health {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async examine(): Promise<Finding[]> {
    return [eviction(await this.#info('memory')), persistence(await this.#info('persistence'))]
  }

  async #info(section: string): Promise<string> {
    return String(await this.#connection.send('info', [section]))
  }
}

function eviction(info: string): Finding {
  const policy = dropsKeys(info)
  const check = 'eviction'
  if (policy === undefined)
    return { check, isWell: true, found: 'no queue is dropped when the memory is full' }
  const found = `whole queues are dropped when the memory is full: maxmemory-policy ${policy}`
  return { check, isWell: false, found, advice: 'Set maxmemory-policy to noeviction.' }
}

function persistence(info: string): Finding {
  const valueOf = (name: string) => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1]
  const check = 'persistence'
  const failed = ['aof_last_write_status', 'rdb_last_bgsave_status'].filter((name) => valueOf(name) === 'err')
  if (failed.length > 0)
    return {
      ...{ check, isWell: false, found: `the last write to the disk failed: ${failed.join(', ')}` },
      advice: "Look for a full disk in the server's log.",
    }
  if (valueOf('aof_enabled') === '1') return { check, isWell: true, found: 'every write is in its log' }
  return {
    ...{ check, isWell: false, found: 'there is no log of what is written: appendonly is no' },
    advice:
      'When the server ends, what came since its last snapshot is lost: set appendonly to yes, unless that may be.',
  }
}
