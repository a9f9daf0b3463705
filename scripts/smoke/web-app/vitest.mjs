import { afterEach, test, vi } from 'vitest'
import { checks } from './checks.cjs'

afterEach(() => vi.useRealTimers())

test.each(Object.entries(checks))('%s', (_name, check) => check(() => vi.useFakeTimers()))
