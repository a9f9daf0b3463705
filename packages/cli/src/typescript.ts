/** Whether modules in TypeScript can be imported in this thread: a loader that works in the main one may not work here. */
export async function loadsTypeScript(): Promise<boolean> {
  try {
    // A file of this package that is empty without its types.
    await import(new URL('./index.d.ts', import.meta.url).href)
    return true
  } catch {
    return false
  }
}
