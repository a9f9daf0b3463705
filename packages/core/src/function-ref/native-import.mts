/** A real `import()`: this file stays an ES module in the CommonJS build too, where the compiler would make it a `require`. */
export function nativeImport(url: string): Promise<object> {
  return import(url) as Promise<object>
}
