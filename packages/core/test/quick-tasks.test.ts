import { performance } from '../src/base/timers.js'
import { QuickTasks } from '../src/worker/quick-tasks.js'

afterEach(() => jest.restoreAllMocks())

/** Ends a number of tasks, one every `milliseconds`. */
function end(tasks: QuickTasks, count: number, milliseconds: number, seconds: number | undefined): void {
  let now = performance.now()
  const clock = jest.spyOn(performance, 'now')
  for (let ended = 0; ended < count; ended += 1) {
    now += milliseconds
    clock.mockReturnValue(now)
    tasks.ended(seconds)
  }
}

test('one slot takes at once what begins soon at the pace of late', () => {
  const tasks = new QuickTasks(1)
  end(tasks, 500, 0.1, 0)
  expect(tasks.areQuick).toBe(true)
  expect(tasks.batch).toBeGreaterThan(90)
  expect(tasks.batch).toBeLessThanOrEqual(100)
  end(tasks, 500, 0.9, 0.0009)
  expect(tasks.batch).toBe(11)
})

test('tasks that compute at once are no more than begin soon, however many slots there are', () => {
  const tasks = new QuickTasks(10)
  end(tasks, 500, 0.9, 0.0009)
  expect(tasks.batch).toBe(20)
})

test('no more are taken than were quick in a row: what a slow one sends back has been earned', () => {
  const tasks = new QuickTasks(1)
  end(tasks, 500, 0.01, 0)
  expect(tasks.batch).toBe(250)
  end(tasks, 1, 5, 0.005)
  expect(tasks.areQuick).toBe(false)
  end(tasks, 40, 0.01, 0)
  expect(tasks.batch).toBeLessThanOrEqual(40)
})

test('what was put back without having been run is not quick', () => {
  const tasks = new QuickTasks(1)
  end(tasks, 10, 0.01, 0)
  end(tasks, 1, 0.01, undefined)
  expect(tasks.areQuick).toBe(false)
})
