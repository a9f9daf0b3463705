import { ScanStarts } from '../src/scan-starts.js'

const QUEUES = ['all']

it('looks from the start for as long as that is cheap', () => {
  const starts = new ScanStarts()
  for (let now = 0; now < 1000; now += 100) {
    const start = starts.begin(QUEUES, false, now)
    expect(start).toEqual({ lows: ['0'], back: null })
    starts.found('all', '7')
    starts.end(start, 0.002, now)
  }
})

it('looks behind the dead once that is expensive, and from the start a fiftieth of the time', () => {
  const starts = new ScanStarts()
  starts.end(starts.begin(QUEUES, false, 0), 0.1, 0)
  starts.found('all', '7')
  expect(starts.begin(QUEUES, false, 1000)).toEqual({ lows: ['7'], back: 2 })
  expect(starts.begin(QUEUES, false, 4999).lows).toEqual(['7'])
  const full = starts.begin(QUEUES, false, 5000)
  expect(full).toEqual({ lows: ['0'], back: null })
  starts.end(full, 0.001, 5000)
  expect(starts.begin(QUEUES, false, 5001)).toEqual({ lows: ['0'], back: null })
})

it('looks from the start for what went back to its place', () => {
  const starts = new ScanStarts()
  starts.end(starts.begin(QUEUES, false, 0), 0.1, 0)
  starts.found('all', '7')
  starts.wentBack('all')
  expect(starts.begin(QUEUES, false, 1000).lows).toEqual(['0'])
})

it('what a look found too little of is looked for once more where that can be borne', () => {
  const starts = new ScanStarts()
  starts.end(starts.begin(QUEUES, false, 0), 0.03, 0)
  expect(starts.mayLookAgain).toBe(true)
  expect(starts.begin(QUEUES, true, 1)).toEqual({ lows: ['0'], back: null })
  starts.end(starts.begin(QUEUES, true, 1), 0.2, 1)
  expect(starts.mayLookAgain).toBe(false)
})
