export {
  AlligatorError,
  type ErrorCode,
  hasCode,
  isError,
  isPassing,
  messageOf,
  redactDsn,
} from './errors/base.js'
export * from './errors/reference-errors.js'
export * from './errors/sealing-errors.js'
export * from './errors/store-errors.js'
export * from './errors/task-errors.js'
