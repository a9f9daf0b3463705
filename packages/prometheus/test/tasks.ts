export function quick(): void {}

export function fail(): void {
  throw new Error('it failed')
}
