/** Who hears of the tasks that this process runs. */
export const listener: { onTask: (sentAt: number) => void } = { onTask: () => undefined }

/** The task: nothing but the news that it has run. */
export function visit(sentAt: number): void {
  listener.onTask(sentAt)
}
