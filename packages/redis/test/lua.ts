import { type Node, parse } from 'luaparse'

/** What Redis gives a script, of that what ours use. */
const GIVEN: ReadonlySet<string> = new Set(
  'ARGV KEYS cjson cmsgpack ipairs math redis string table tonumber type unpack'.split(' '),
)

/** A local, and whether anything reads it. */
interface Local {
  readonly name: string
  isRead: boolean
}

/** What is wrong with a script: text that is no Lua, globals that Redis would refuse, locals that nothing reads. */
export function flawsOf(lua: string): string[] {
  const flaws: string[] = []
  const scopes: Local[][] = []

  const find = (name: string) =>
    scopes.flatMap((scope) => scope.filter((local) => local.name === name)).at(-1)

  const read = (name: string) => {
    const local = find(name)
    if (local) local.isRead = true
    else if (!GIVEN.has(name)) flaws.push(`${name} is a global`)
  }

  const declare = (nodes: readonly Node[]) => {
    for (const node of nodes)
      if (node.type === 'Identifier') scopes.at(-1)?.push({ name: node.name, isRead: node.name === '_' })
  }

  const within = (declared: readonly Node[], body: readonly Node[]) => {
    scopes.push([])
    declare(declared)
    for (const node of body) visit(node)
    for (const { name, isRead } of scopes.pop() ?? []) if (!isRead) flaws.push(`nothing reads ${name}`)
  }

  const visitAll = (...nodes: readonly (Node | null)[]) => {
    for (const node of nodes) if (node) visit(node)
  }

  /** What is written to: a plain name is not read by that. */
  const write = (node: Node) => {
    if (node.type !== 'Identifier') visit(node)
    else if (!find(node.name)) flaws.push(`${node.name} is a global`)
  }

  const visit = (node: Node): void => {
    switch (node.type) {
      case 'Identifier':
        return read(node.name)
      case 'LocalStatement':
        visitAll(...node.init)
        return declare(node.variables)
      case 'AssignmentStatement':
        visitAll(...node.init)
        return node.variables.forEach(write)
      case 'FunctionDeclaration':
        if (node.identifier) declare([node.identifier])
        return within(node.parameters, node.body)
      case 'ForNumericStatement':
        visitAll(node.start, node.end, node.step)
        return within([node.variable], node.body)
      case 'ForGenericStatement':
        visitAll(...node.iterators)
        return within(node.variables, node.body)
      case 'IfStatement':
        return visitAll(...node.clauses)
      case 'IfClause':
      case 'ElseifClause':
      case 'WhileStatement':
        visit(node.condition)
        return within([], node.body)
      case 'ElseClause':
      case 'DoStatement':
      case 'Chunk':
        return within([], node.body)
      case 'ReturnStatement':
        return visitAll(...node.arguments)
      case 'CallStatement':
        return visit(node.expression)
      case 'CallExpression':
        return visitAll(node.base, ...node.arguments)
      case 'MemberExpression':
        return visit(node.base)
      case 'IndexExpression':
        return visitAll(node.base, node.index)
      case 'BinaryExpression':
      case 'LogicalExpression':
        return visitAll(node.left, node.right)
      case 'UnaryExpression':
        return visit(node.argument)
      case 'TableConstructorExpression':
        return visitAll(...node.fields)
      case 'TableValue':
      case 'TableKeyString':
        return visit(node.value)
      case 'BooleanLiteral':
      case 'BreakStatement':
      case 'NilLiteral':
      case 'NumericLiteral':
      case 'StringLiteral':
        return undefined
      default:
        flaws.push(`${node.type} is not known to this check`)
    }
  }

  try {
    visit(parse(lua, { luaVersion: '5.1', comments: false }))
  } catch (error) {
    flaws.push(String(error))
  }
  return flaws
}
