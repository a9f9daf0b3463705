export const files: string
export const programs: string
export const emulatorVersion: string
export function find(program: string): string | undefined
