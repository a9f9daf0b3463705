import type { Logger } from '@alligator/core'

/** A logger whose lines say which process of a supervisor wrote them: as a prefix for people, as a field for machines. */
export function processLogger(logger: Logger, process: number, format: 'text' | 'json'): Logger {
  const prefix = format === 'text' ? `[${process}] ` : ''
  const write =
    (level: keyof Logger): Logger['info'] =>
    (message, facts) =>
      logger[level](`${prefix}${message}`, { process, ...facts })
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}
