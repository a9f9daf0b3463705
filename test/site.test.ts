import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { readBlocks } from './docs/blocks.js'

const root = join(__dirname, '..')
const read = (file: string) => readFileSync(join(root, file), 'utf8')

it('the sidebar has every page once', () => {
  const files = readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md') && file !== 'index.md')
  const listed = read('docs/.vitepress/config.ts').matchAll(/\bpage\(\s*'([^']+)'/g)
  expect([...listed].map(([, name = '']) => `${name}.md`).sort()).toEqual(files.sort())
})

it('the page of examples has every example', () => {
  const folders = readdirSync(join(root, 'examples')).filter((folder) =>
    existsSync(join(root, 'examples', folder, 'README.md')),
  )
  const listed = read('docs/examples.md').matchAll(/^\| \[`([^`]+)`\]/gm)
  expect([...listed].map(([, name = '']) => name).sort()).toEqual(folders.sort())
})

it('a diagram tells in words what it shows, fits a phone, and knows the dark', () => {
  for (const file of readdirSync(join(root, 'docs/public/diagrams'))) {
    const svg = read(`docs/public/diagrams/${file}`)
    expect(svg).toMatch(/<title id="title">.+<\/title>\s*<desc id="desc">.+<\/desc>/)
    expect(Number(/viewBox="0 0 (\d+)/.exec(svg)?.[1])).toBeLessThanOrEqual(440)
    expect(svg).toContain('@media (prefers-color-scheme: dark)')
  }
})

it('the recipe for Next.js is the app that `npm run test:next` builds', () => {
  const blocks = readBlocks(root, 'docs/frameworks.md').filter(({ file }) => file.startsWith('next/'))
  expect(blocks.length).toBeGreaterThan(5)
  for (const { file, code } of blocks)
    expect(code).toBe(`// file: ${file}\n${read(file.replace('next/', 'examples/nextjs/'))}`)
})

it('every block of code in the documents is fenced: the site lets no other scroll on a phone', () => {
  const files = readdirSync(join(root, 'docs')).filter((file) => file.endsWith('.md'))
  const indented = files.filter((file) =>
    /^[^\s*\d-].*\n\n {4}\S/m.test(read(`docs/${file}`).replaceAll(/^```.*?^```$/gms, '')),
  )
  expect(indented).toEqual([])
})
