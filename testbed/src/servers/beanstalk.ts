import { freePort } from '../free-port.js'
import { type Premises, Server, started } from './server.js'
import { versionOf } from './version.js'

export interface BeanstalkOptions {
  /** More of its command line. */
  readonly flags?: readonly string[]
  /** Whether its jobs are still there after a `stop`. (Default: true) */
  readonly keepsJobs?: boolean
  /** How many KiB of memory it may have. (Default: all that there is) */
  readonly memory?: number
}

export function beanstalkVersion(): string {
  return `beanstalkd ${versionOf('beanstalkd', '-v', /beanstalkd ([\d.]+)/)}`
}

/** Starts a beanstalkd. */
export async function startBeanstalk(options: BeanstalkOptions = {}, premises?: Premises): Promise<Server> {
  const { flags = [], keepsJobs = true, memory } = options
  const command = (port: number, folder: string) => {
    const binlog = keepsJobs ? ['-b', folder, '-f0'] : []
    const words = ['beanstalkd', '-l', '127.0.0.1', '-p', String(port), ...binlog, ...flags]
    // The shell gives way to the server, so that its process is ours to end.
    return memory === undefined ? words : ['sh', '-c', `ulimit -v ${memory}; exec "$@"`, 'sh', ...words]
  }
  const kind = { name: 'beanstalkd', command, dsn: (port: number) => `beanstalk://127.0.0.1:${port}/` }
  return started(new Server(kind, await freePort(), premises))
}
