import { ScanStarts, type Start } from '../src/scan-starts.js'

const QUEUES = ['all']
const FULL = { lows: ['0'], back: null }

const end = (starts: ScanStarts, start: Start, seconds: number, isOver = false) =>
  starts.end(start, QUEUES, { seconds, isOver })

/** One whose last look from the start, at 0, took a number of seconds and found a task. */
function expensive(seconds = 0.1): ScanStarts {
  const starts = new ScanStarts()
  end(starts, starts.begin(QUEUES, false, 0), seconds)
  starts.found('all', '7')
  return starts
}

it('looks from the start for as long as that is cheap', () => {
  const starts = new ScanStarts()
  for (let now = 0; now < 1000; now += 100) {
    const start = starts.begin(QUEUES, false, now)
    expect(start).toEqual({ ...FULL, at: now })
    starts.found('all', '7')
    end(starts, start, 0.002)
  }
})

it('looks behind the dead once that is expensive, and from the start a fiftieth of the time', () => {
  const starts = expensive()
  expect(starts.begin(QUEUES, false, 1000)).toEqual({ lows: ['7'], back: 2, at: 1000 })
  expect(starts.begin(QUEUES, false, 4999).lows).toEqual(['7'])
  const full = starts.begin(QUEUES, false, 5000)
  expect(full).toMatchObject(FULL)
  end(starts, full, 0.001)
  expect(starts.begin(QUEUES, false, 5001)).toMatchObject(FULL)
})

it('looks for delays and leases that are over since the last look, unless some were left', () => {
  const starts = expensive()
  end(starts, starts.begin(QUEUES, false, 1000), 0.001)
  expect(starts.begin(QUEUES, false, 1500).back).toBe(1.5)
  end(starts, starts.begin(QUEUES, false, 2000), 0.001, true)
  expect(starts.begin(QUEUES, false, 2500).back).toBe(2.5)
})

it('looks from the start at a queue that it has not looked at', () => {
  expect(expensive().begin(['all', 'other'], false, 1000)).toMatchObject({ lows: ['0', '0'], back: null })
})

it('looks for what went back from its place on, or from the start where nobody knows that', () => {
  const starts = expensive()
  const lows = () => starts.begin(QUEUES, false, 1000).lows
  starts.wentBack('all', '10')
  expect(lows()).toEqual(['7'])
  starts.wentBack('all', '5')
  expect(lows()).toEqual(['5'])
  starts.wentBack('all', undefined)
  expect(lows()).toEqual(['0'])
})

it('what a look found too little of is looked for once more for a tenth of the time', () => {
  const starts = expensive(0.1)
  expect([starts.mayLookAgain(999), starts.mayLookAgain(1000)]).toEqual([false, true])
})
