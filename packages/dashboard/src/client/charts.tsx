import type { JSX } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import UPlot from 'uplot'
import type { EndedView, HistoryView } from '../views.js'
import { count } from './format.js'

/** The last hour of a queue in one line, from the left to now. */
export function Spark({
  points,
  label,
}: {
  readonly points: readonly (number | null)[]
  readonly label: string
}): JSX.Element {
  const [width, height] = [96, 24]
  const most = Math.max(1, ...points.map((point) => point ?? 0))
  const step = width / Math.max(1, points.length - 1)
  let line = ''
  points.forEach((point, at) => {
    if (point === null) return
    const isFirst = at === 0 || points[at - 1] === null
    const y = height - 2 - (point / most) * (height - 5)
    line += `${isFirst ? 'M' : 'L'}${(at * step).toFixed(1)} ${y.toFixed(1)}`
  })
  const last = points.at(-1)
  const isDot = last !== null && last !== undefined && points.at(-2) === null
  const lastY = height - 2 - ((last ?? 0) / most) * (height - 5)
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${height}`} role="img" aria-label={label}>
      <path class="ground" d={`M0 ${height - 1.5}H${width}`} />
      <path d={line} />
      {isDot && <circle cx={width - 2} cy={lastY} r="1.8" />}
    </svg>
  )
}

/** One line of a chart. */
interface Line {
  readonly label: string
  /** The state whose colour it has. */
  readonly color: 'waiting' | 'running' | 'delayed' | 'dead'
  readonly values: readonly (number | null)[]
}

const HEIGHT = 150
/** Seconds that are shown at most, and at least. */
const HOUR = 3600
const LEAST = 300

/** The last hour as lines. */
function Chart({
  at,
  lines,
  now,
  label,
}: {
  /** Unix seconds of the values of all lines. */
  readonly at: readonly number[]
  readonly lines: readonly Line[]
  readonly now: number
  readonly label: string
}): JSX.Element {
  const place = useRef<HTMLDivElement>(null)
  const [index, setIndex] = useState<number>()
  const chart = useRef<UPlot | undefined>(undefined)
  const data = [at, ...lines.map(({ values }) => values)] as unknown as UPlot.AlignedData
  const shown = useRef({ data, now })
  shown.current = { data, now }
  const names = lines.map(({ label: one }) => one).join()

  useEffect(() => {
    const element = place.current
    if (!element) return undefined
    const draw = () => {
      chart.current?.destroy()
      chart.current = new UPlot(
        options(element, lines, () => shown.current.now, setIndex),
        shown.current.data,
        element,
      )
    }
    draw()
    const sized = new ResizeObserver(() =>
      chart.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    )
    sized.observe(element)
    const dark = matchMedia('(prefers-color-scheme: dark)')
    dark.addEventListener('change', draw)
    return () => {
      sized.disconnect()
      dark.removeEventListener('change', draw)
      chart.current?.destroy()
      chart.current = undefined
    }
  }, [names])

  useEffect(() => chart.current?.setData(data), [at])

  return (
    <>
      <Legend at={at} lines={lines} index={index} />
      <div class="chart" ref={place} role="img" aria-label={label} />
    </>
  )
}

/** What each line is, and how much it is: where somebody points, else now. */
function Legend({
  at,
  lines,
  index = at.length - 1,
}: {
  readonly at: readonly number[]
  readonly lines: readonly Line[]
  readonly index: number | undefined
}): JSX.Element {
  const time = at[index]
  return (
    <ul class="legend">
      {lines.map(({ label, color, values }) => (
        <li key={label}>
          <i class={`dot ${color}`} />
          {label} <b>{values[index] == null ? '–' : count(values[index])}</b>
        </li>
      ))}
      <li class="soft">{time !== undefined && index < at.length - 1 ? `at ${clock(time)}` : 'now'}</li>
    </ul>
  )
}

function options(
  element: HTMLElement,
  lines: readonly Line[],
  now: () => number,
  pointed: (index: number | undefined) => void,
): UPlot.Options {
  const css = getComputedStyle(element)
  const color = (name: string) => css.getPropertyValue(name).trim()
  const font = `11px ${css.fontFamily}`
  const axis = { stroke: color('--soft'), font, ticks: { show: false } }
  const grid = { stroke: color('--line'), width: 1 }
  return {
    width: element.clientWidth,
    height: HEIGHT,
    padding: [8, 8, 0, 0],
    cursor: { points: { size: 6 }, drag: { x: false, y: false } },
    legend: { show: false },
    scales: {
      // Where nobody has looked there is nothing to see.
      x: { time: true, range: (_, first) => [Math.max(now() - HOUR, Math.min(first, now() - LEAST)), now()] },
      y: { range: (_, __, most) => [0, Math.max(4, most * 1.1)] },
    },
    axes: [
      {
        ...{ ...axis, grid: { show: false }, space: 90, size: 26 },
        incrs: [60, 120, 300, 600, 900, 1800],
        values: (_, times) => times.map(clock),
      },
      { ...axis, grid, size: 56, space: 34, values: (_, values) => values.map(short) },
    ],
    series: [
      {},
      ...lines.map(({ color: name }) => ({
        ...{ stroke: color(`--${name}`), width: 1.75, points: { size: 4, fill: color(`--${name}`) } },
      })),
    ],
    hooks: { setCursor: [({ cursor: { idx } }) => pointed(idx ?? undefined)] },
  }
}

const times = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })

function clock(time: number): string {
  return times.format(time * 1000)
}

const compact = new Intl.NumberFormat('en', { notation: 'compact' })

function short(value: number): string {
  return compact.format(value)
}

const STATES = ['waiting', 'running', 'delayed', 'dead'] as const

/** What there was in each state over the last hour, as far as somebody looked. */
export function HeldChart({
  history,
  states = STATES,
  now,
  label,
}: {
  readonly history: HistoryView
  readonly states?: readonly (typeof STATES)[number][]
  readonly now: number
  readonly label: string
}): JSX.Element {
  const lines = states.map((state) => ({
    label: `${state.charAt(0).toUpperCase()}${state.slice(1)}`,
    color: state,
    values: history[state],
  }))
  return <Chart at={history.at} lines={lines} now={now} label={label} />
}

/** How tries have ended over the last hour, minute by minute. */
export function EndedChart({
  ended,
  now,
  label,
}: {
  readonly ended: EndedView
  readonly now: number
  readonly label: string
}): JSX.Element {
  const lines: readonly Line[] = [
    { label: 'Succeeded', color: 'running', values: ended.succeeded },
    { label: 'Failed', color: 'dead', values: ended.failed },
  ]
  return <Chart at={ended.at} lines={lines} now={now} label={label} />
}
