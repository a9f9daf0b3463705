export const gator: unknown = 1
