/**
 * Puts what stands one after the other into batches of at most `most` together, whatever is larger by itself in a batch of its own.
 *
 * @example
 * ```ts no-check
 * for (const batch of inBatches(acks, 1000, (ack) => ack.deliveries.length)) await send(batch)
 * ```
 */
export function inBatches<T>(list: readonly T[], most: number, sizeOf: (one: T) => number): T[][] {
  const batches: T[][] = []
  let size = 0
  for (const one of list) {
    const last = batches.at(-1)
    size += sizeOf(one)
    if (last && size <= most) {
      last.push(one)
    } else {
      batches.push([one])
      size = sizeOf(one)
    }
  }
  return batches
}
