export const gator = 'no gator'
export const port = 80
