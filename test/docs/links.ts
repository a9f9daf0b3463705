import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

const LINK = /\]\((?<target>[^)\s]+)\)/g
const HEADING = /^#+ (?<title>.*)$/gm
/** What looks like a link or a heading in there is none. */
const CODE_BLOCK = /^```.*?^```$/gms
const CODE_SPAN = /`[^`\n]*`/g

/** Where this checkout comes from: the READMEs that npm shows name it in their links. */
const HOME = 'https://github.com/alligator-queue/alligator'

/** Installed or made from something else. */
const NOT_OURS = /^(\..*|node_modules|dist|coverage|api)$/

/** Every document under a folder that people read, as paths from there. */
export function markdownIn(folder: string, under = ''): string[] {
  return readdirSync(join(folder, under), { withFileTypes: true }).flatMap((entry) => {
    const path = join(under, entry.name)
    if (entry.isDirectory()) return NOT_OURS.test(entry.name) ? [] : markdownIn(folder, path)
    return entry.name.endsWith('.md') ? [path] : []
  })
}

/** The links of a document, within the checkout, that lead to no file or to no heading of it. */
export function deadLinks(
  root: string,
  document: string,
  text: string = readFileSync(join(root, document), 'utf8'),
): string[] {
  const prose = text.replaceAll(CODE_BLOCK, '').replaceAll(CODE_SPAN, '')
  const targets = [...prose.matchAll(LINK)].map((match) => match.groups?.['target'] ?? '')
  return targets.filter((target) => {
    const here = target.startsWith(`${HOME}/blob/main/`)
    const path = here ? relative(dirname(document), target.slice(`${HOME}/blob/main/`.length)) : target
    return !/^[a-z]+:/.test(path) && !leadsSomewhere(root, document, path)
  })
}

function leadsSomewhere(root: string, document: string, target: string): boolean {
  const [path = '', anchor] = target.split('#')
  const file = path === '' ? join(root, document) : join(root, dirname(document), path)
  if (!existsSync(file)) return false
  return anchor === undefined || anchorsOf(readFileSync(file, 'utf8')).includes(anchor)
}

function anchorsOf(text: string): string[] {
  const titles = [...text.replaceAll(CODE_BLOCK, '').matchAll(HEADING)].map(
    (match) => match.groups?.['title'],
  )
  return titles.map((title = '') =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-'),
  )
}
