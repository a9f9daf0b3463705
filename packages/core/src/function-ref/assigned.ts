/** One way to an export of CommonJS, or of what a compiler or a test runner has made of an ES module. */
const DECLARATION =
  /(?:(?:async\s+)?function\s*\*?\s*(?<declared>[\w$]+)|(?:const|let|var)\s+(?<bound>[\w$]+)\s*=\s*(?:async\s*)?(?:function\b[\s\w$]*)?|exports\.(?<assigned>[\w$]+)\s*=\s*(?:async\s*)?(?:function\b[\s\w$]*)?)\s*$/
/** The most characters of the text that introduces a function. */
const LONGEST = 300
const ASSIGNED = /\bexports\.([\w$]+)\s*=\s*([\w$]+)(?=\s*(?:[;,}\n]|$))/g
const GETTER =
  /["']([\w$]+)["'],\s*(?:\{[^{}]*?\bget\b[^{}]*?\{|\(\)\s*=>\s*\{)\s*(?:try\s*\{\s*)?return\s+([\w$]+)/g
/** As swc writes it: `_export(exports, { get send () { return send; } })`, formerly `send: function() { … }`. */
const SWC = /(?:\bget\s+|[{,]\s*)([\w$]+)(?:\s*\(\)|:\s*function\s*\(\))\s*\{\s*return\s+([\w$]+)/g
const LISTED = /\bmodule\.exports\s*=\s*\{([^{}]*)\}/g

/**
 * The names by which a script exports the function that begins at a place in its source, read from the source alone: what the script
 * has exported may be gone, as a test runner forgets modules. Empty where more than one variable has that name.
 */
export function assignedNames(source: string, at: number): string[] {
  const { declared, bound, assigned } =
    DECLARATION.exec(source.slice(Math.max(0, at - LONGEST), at))?.groups ?? {}
  const local = declared ?? bound
  if (local === undefined) return assigned === undefined ? [] : once(source, [assigned])
  const word = local.replaceAll('$', String.raw`\$`)
  const declarations = new RegExp(
    String.raw`\b(?:function\s*\*?|const|let|var|class)\s+${word}(?![\w$])`,
    'g',
  )
  return (source.match(declarations) ?? []).length === 1 ? once(source, exportsOf(source, local)) : []
}

function exportsOf(source: string, local: string): string[] {
  const lists = [...source.matchAll(LISTED)].flatMap(([, list = '']) => list.split(','))
  const listed = lists.map((item) => item.trim().split(/\s*:\s*/)).map(([name = '', of = name]) => [name, of])
  const getters = [GETTER, ...(source.includes('_export(exports,') ? [SWC] : [])]
  const others = [ASSIGNED, ...getters]
    .flatMap((pattern) => [...source.matchAll(pattern)])
    .map(([, name = '', of]) => [name, of])
  return [...new Set([...listed, ...others].flatMap(([name, of]) => (name && of === local ? [name] : [])))]
}

/** Without those that are given a value more than once: which of them counts is known only when it runs. */
function once(source: string, names: readonly string[]): string[] {
  return names.filter((name) => {
    const values = source.matchAll(
      new RegExp(String.raw`\bexports\.${name.replaceAll('$', String.raw`\$`)}\s*=(?!=)\s*([\w$]*)`, 'g'),
    )
    return [...values].filter(([, value]) => value !== 'void' && value !== 'exports').length <= 1
  })
}
