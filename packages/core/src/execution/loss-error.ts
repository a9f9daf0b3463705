import type { AlligatorError } from '../errors/base.js'
import { LeaseLostError, TaskCanceledError, TaskGoneError } from '../errors/index.js'
import type { Loss } from './lease-keeper.js'

const ERRORS = { canceled: TaskCanceledError, gone: TaskGoneError, lost: LeaseLostError } as const

/** The error that says why a delivery is no longer held. */
export function lossError(loss: Loss, taskId: string): AlligatorError {
  return new ERRORS[loss](taskId)
}
