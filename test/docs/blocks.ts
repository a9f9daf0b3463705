import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One TypeScript block of a document. */
export interface Block {
  readonly document: string
  readonly line: number
  /** Its place in the document's project: `// file: src/emails.ts`, or made up from its line. */
  readonly file: string
  readonly code: string
  readonly run: boolean
}

const FENCE = /^```ts(?<flags>[^\n]*)\n(?<code>.*?)^```$/gms
const FILE = /^\/\/ file: (\S+)/

/** What is under api/ is made from the sources. */
const isMarkdown = (file: string) => file.endsWith('.md') && !/node_modules|^api\//.test(file)

/** README.md, docs/ and each package's README, as paths from the root of the checkout. */
export function documents(root: string): string[] {
  const docs = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
  const packages = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/README.md`)
  const readmes = ['README.md', ...packages].filter((file) => existsSync(join(root, file)))
  return [...readmes, ...docs.filter(isMarkdown).map((file) => `docs/${file}`)]
}

export const readBlocks = (root: string, document: string): Block[] =>
  blocksIn(document, readFileSync(join(root, document), 'utf8'))

/** Every `ts` block of a document but those marked `no-check`. */
export function blocksIn(document: string, text: string): Block[] {
  const blocks: Block[] = []
  for (const match of text.matchAll(FENCE)) {
    const { flags = '', code = '' } = match.groups ?? {}
    if (flags.includes('no-check')) continue
    const line = text.slice(0, match.index).split('\n').length + 1
    const file = FILE.exec(code)?.[1] ?? `line-${line}.ts`
    if (blocks.some((block) => block.file === file)) throw new Error(`${document}:${line}: a second ${file}`)
    blocks.push({ document, line, file, code, run: flags.includes('run') })
  }
  return blocks
}
