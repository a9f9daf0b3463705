import { cpus, release, totalmem, type } from 'node:os'

/** What the figures were taken on, in one line. */
export function machineFacts(): string {
  const cores = cpus()
  const memory = Math.round(totalmem() / 2 ** 30)
  return [
    `${cores.length} cores of ${cores[0]?.model.trim() ?? 'an unknown CPU'}`,
    `${memory} GiB`,
    `${type()} ${release()}`,
    `Node.js ${process.versions.node}`,
  ].join(', ')
}
