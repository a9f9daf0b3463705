/** What the tasks with a key have, of which one at a time may be there. Few, so that they meet. */
export const KEYS = ['key-a', 'key-b', 'key-c', 'key-d'] as const
