import { test } from 'node:test'
import { checks } from './checks.cjs'

for (const [name, check] of Object.entries(checks))
  void test(name, ({ mock }) => check(() => mock.timers.enable()))
