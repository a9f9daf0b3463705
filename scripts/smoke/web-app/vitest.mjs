import { test } from 'vitest'
import { checks } from './checks.cjs'

test.each(Object.entries(checks))('%s', (_name, check) => check())
