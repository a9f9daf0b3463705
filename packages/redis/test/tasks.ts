/** What ran, in order. */
export const ran: number[] = []

export async function note(number: number): Promise<void> {
  ran.push(number)
}
