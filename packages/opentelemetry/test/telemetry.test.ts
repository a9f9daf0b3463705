import { Gator, type GatorOptions, InvalidOptionError, Worker, silentLogger } from '@alligator/core'
import { VirtualClock } from '@alligator/core/testing'
import { SpanKind, SpanStatusCode, context, metrics, propagation, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core'
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base'
import { type TelemetryOptions, telemetry } from '../src/index.js'
import { fail, giveUp, greet, later, outer, snooze } from './tasks.js'

const exporter = new InMemorySpanExporter()
const clock = new VirtualClock()

beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  )
  trace.setGlobalTracerProvider(
    new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
  )
})
afterEach(() => exporter.reset())

function open(options?: TelemetryOptions, gatorOptions?: GatorOptions): Gator {
  return new Gator('locmem://', { clock, ...gatorOptions }).use(telemetry(options))
}

async function work(gator: Gator): Promise<void> {
  await new Worker(gator, { burst: true, logger: silentLogger() }).runForever()
}

/** The spans of one kind, as they ended. */
function spans(kind: SpanKind): ReadableSpan[] {
  return exporter.getFinishedSpans().filter((span) => span.kind === kind)
}

const sent = () => spans(SpanKind.PRODUCER)
const processed = () => spans(SpanKind.CONSUMER)

/** Whether a span is part of another one's trace, or has a link to it. */
function relationOf(span: ReadableSpan | undefined, sender: ReadableSpan | undefined): string {
  const { spanId, traceId } = sender?.spanContext() ?? {}
  if (span?.parentSpanContext?.spanId === spanId) return 'parent'
  const isLinked = span?.links.some((link) => link.context.spanId === spanId)
  return isLinked && span?.spanContext().traceId !== traceId ? 'link' : 'none'
}

test('the spans of a task are named and described by the conventions', async () => {
  const gator = open()
  const { taskId } = await gator.task(greet, 'Ada')
  await work(gator)
  const [send] = sent()
  const [process] = processed()
  const common = {
    'messaging.system.name': 'alligator',
    'messaging.destination.name': 'all',
    'messaging.message.id': taskId,
    'alligator.task.function': 'greet',
  }
  expect(send?.name).toBe('send all')
  expect(send?.attributes).toEqual({
    ...common,
    'messaging.operation.name': 'send',
    'messaging.operation.type': 'send',
  })
  expect(process?.name).toBe('process all')
  expect(process?.attributes).toEqual({
    ...common,
    'messaging.operation.name': 'process',
    'messaging.operation.type': 'process',
    'alligator.task.attempt': 1,
  })
})

test('a try belongs to the trace of its sender where one trace tells the whole story, else it has a link to it', async () => {
  const gator = open()
  await gator.task(greet, 'alone')
  await gator.taskMany(greet, [['one'], ['two']])
  await gator.options({ delayBy: 5 }).task(greet, 'delayed')
  await work(gator)
  await clock.advance(5)
  await work(gator)
  const [alone, many, delayed] = sent()
  expect(many?.attributes['messaging.batch.message_count']).toBe(2)
  const [first, second, third, fourth] = processed()
  expect([relationOf(first, alone), relationOf(second, many)]).toEqual(['parent', 'link'])
  expect([relationOf(third, many), relationOf(fourth, delayed)]).toEqual(['link', 'link'])
})

test('a retry has a link to the sender, and tells what failed before', async () => {
  const gator = open()
  await gator.options({ retries: 1, backoff: 0 }).task(fail)
  await work(gator)
  const [first, second] = processed()
  expect([relationOf(first, sent()[0]), relationOf(second, sent()[0])]).toEqual(['parent', 'link'])
  expect(first?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'it failed' })
  expect(first?.attributes['error.type']).toBe('E_TEST')
  expect(first?.events.map(({ name }) => name)).toEqual(['alligator.retry', 'exception'])
  expect(second?.attributes['alligator.task.attempt']).toBe(2)
  expect(second?.events.map(({ name }) => name)).toEqual(['alligator.dead_letter', 'exception'])
})

test('a pause that a task asks for is no error, and to give up is one', async () => {
  const gator = open()
  await gator.task(snooze)
  await gator.options({ retries: 3 }).task(giveUp)
  await gator.options({ retries: 3 }).task(later)
  await work(gator)
  const [snoozed, gaveUp, asked] = processed()
  expect(snoozed?.status.code).toBe(SpanStatusCode.UNSET)
  expect(snoozed?.events.map(({ name, attributes }) => [name, attributes])).toEqual([
    ['alligator.snooze', { 'alligator.pause': 60 }],
  ])
  expect(gaveUp?.events[0]?.name).toBe('alligator.dead_letter')
  expect(asked?.events[0]?.attributes).toEqual({ 'alligator.pause': 60, 'alligator.task.retries_left': 3 })
})

test.each(['parent', 'link'] as const)(
  'every try is a %s of its sender where that is asked for',
  async (relation) => {
    const gator = open({ relation })
    await gator.taskMany(greet, [['one'], ['two']])
    await gator.task(greet, 'alone')
    await work(gator)
    const [many, alone] = sent()
    const relations = processed().map((span, at) => relationOf(span, at < 2 ? many : alone))
    expect(relations).toEqual([relation, relation, relation])
  },
)

test('what a task enqueues belongs to its span', async () => {
  const gator = open()
  outer.gator = gator
  await gator.task(outer)
  await work(gator)
  const [inner] = processed().filter((span) => span.attributes['alligator.task.function'] === 'outer')
  expect(sent()[1]?.parentSpanContext?.spanId).toBe(inner?.spanContext().spanId)
})

test('arguments are recorded only where that is asked for', async () => {
  for (const recordArguments of [false, true]) {
    const gator = open({ recordArguments })
    await gator.task(greet, 'x'.repeat(5000))
    await work(gator)
  }
  const recorded = processed().map((span) => String(span.attributes['alligator.task.arguments']))
  expect(recorded[0]).toBe('undefined')
  expect(recorded[1]).toHaveLength(1000)
})

test('what the store refuses fails the span of the sender', async () => {
  const gator = open({}, { maxPayload: 10 })
  await expect(gator.task(greet, 'long')).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' })
  expect(sent()[0]?.attributes['error.type']).toBe('PAYLOAD_TOO_LARGE')
})

test('baggage comes along, and more of it than headers hold does not keep a task from its queue', async () => {
  const gator = open()
  greet.baggage = []
  const baggage = (text: string) =>
    propagation.setBaggage(context.active(), propagation.createBaggage({ tenant: { value: text } }))
  await context.with(baggage('acme'), () => gator.task(greet, 'baggage'))
  await context.with(baggage('x'.repeat(4090)), () => gator.task(greet, 'too much'))
  await work(gator)
  expect(greet.baggage).toEqual(['acme', undefined])
  expect(processed().map((span, at) => relationOf(span, sent()[at]))).toEqual(['parent', 'parent'])
})

test('the metrics of the conventions count and measure', async () => {
  const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({
    exporter: metricExporter,
    exportIntervalMillis: 3_600_000,
  })
  const gator = open()
  // Later than the middleware was made.
  const provider = new MeterProvider({ readers: [reader] })
  metrics.setGlobalMeterProvider(provider)
  await gator.taskMany(greet, [['one'], ['two']])
  await gator.task(fail)
  await gator.task(snooze)
  await work(gator)
  await reader.forceFlush()
  const figures = metricExporter.getMetrics().flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap((scope) =>
      scope.metrics.flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes, value }) => {
          const { 'alligator.task.function': name, 'error.type': error } = attributes
          const count = typeof value === 'number' ? value : (value as { count: number }).count
          return [descriptor.name, descriptor.unit, name, error, count]
        }),
      ),
    ),
  )
  expect(figures).toEqual(
    expect.arrayContaining([
      ['messaging.client.operation.duration', 's', undefined, undefined, 3],
      ['messaging.client.sent.messages', '{message}', undefined, undefined, 4],
      ['messaging.process.duration', 's', 'greet', undefined, 2],
      ['messaging.process.duration', 's', 'fail', 'E_TEST', 1],
      ['messaging.process.duration', 's', 'snooze', undefined, 1],
      ['messaging.client.consumed.messages', '{message}', 'greet', undefined, 2],
    ]),
  )
  await provider.shutdown()
})

test('without an SDK no header is written', async () => {
  trace.disable()
  propagation.disable()
  const gator = open()
  const task = await gator.task(greet, 'plain')
  expect(task.headers).toEqual({})
  await work(gator)
})

test('a relation that there is not is refused', () => {
  expect(() => telemetry({ relation: 'child' as 'link' })).toThrow(InvalidOptionError)
})
