import { execFileSync } from 'node:child_process'

/** What a program says of its version. */
export function versionOf(program: string, flag: string, pattern: RegExp): string {
  try {
    return pattern.exec(execFileSync(program, [flag], { encoding: 'utf8' }))?.[1] ?? 'of unknown version'
  } catch {
    return 'not installed'
  }
}
