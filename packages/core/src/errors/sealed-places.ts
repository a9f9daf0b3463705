import { show } from './base.js'

const NOT_OF_A_QUEUE = /^(result|note):(\d+):/

/** What results and notes are sealed for: no queue is called so, and none of one task passes for that of another. */
export function placeOf(what: 'result' | 'note', queue: string, taskId: string): string {
  return `${what}:${queue.length}:${queue}:${taskId}`
}

/** What lies in a place, in words: a payload on a queue, or what {@link placeOf} tells. */
export function placeText(place: string): string {
  const [start, what, length] = NOT_OF_A_QUEUE.exec(place) ?? []
  if (start === undefined) return `The payload on queue ${show(place)}`
  const end = start.length + Number(length)
  const task = `task ${show(place.slice(end + 1))} of queue ${show(place.slice(start.length, end))}`
  return what === 'result' ? `The result of ${task}` : `The note (progress, log and steps) of ${task}`
}
