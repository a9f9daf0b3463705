export { type MetricsOptions, metricsHandler, watchQueues } from './queues.js'
export { type WorkerMetrics, watchWorker, workerMetrics } from './worker.js'
