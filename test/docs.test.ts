import { spawnSync } from 'node:child_process'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { blocksIn, documents, readBlocks } from './docs/blocks.js'
import { typeErrors } from './docs/check-types.js'
import { deadLinks, markdownIn } from './docs/links.js'
import { runBlock } from './docs/run-block.js'

const root = join(__dirname, '..')

const SAMPLE = `
\`\`\`ts
// file: src/double.ts
export const double = (n: number) => n * 2
\`\`\`

\`\`\`ts run
import { double } from './src/double.js'
console.log(double('two'))
process.exitCode = double(2)
\`\`\`

\`\`\`ts no-check
not code
\`\`\`
`

describe('the checks themselves', () => {
  const blocks = blocksIn('docs/sample.md', SAMPLE)

  it('report the line of a wrong block', () => {
    const [error, ...others] = typeErrors(root, blocks).get('docs/sample.md') ?? []
    expect(error).toContain("docs/sample.md:9: Argument of type 'string'")
    expect(others).toEqual([])
  })

  it('report links that lead nowhere', () => {
    const text =
      '[a](gone.md) [b](why.md#gone) [c](why.md#what-you-gain) [d](https://example.com) `[e](gone.md)`'
    expect(deadLinks(root, 'docs/sample.md', text)).toEqual(['gone.md', 'why.md#gone'])
  })

  it('report what a failing block printed', () => {
    const [failing, ...others] = blocks.filter((block) => block.run)
    expect(others).toEqual([])
    expect(failing && runBlock(root, failing, blocks)).toBe('NaN\n')
  })
})

describe('the code in the documents', () => {
  const blocks = documents(root).flatMap((document) => readBlocks(root, document))
  const errors = typeErrors(root, blocks)

  for (const [document, found] of errors) {
    it(`${document} compiles`, () => expect(found).toEqual([]))
  }

  for (const block of blocks.filter(({ run }) => run)) {
    const others = blocks.filter(({ document }) => document === block.document)
    it(`${block.document}:${block.line} runs`, () => expect(runBlock(root, block, others)).toBeUndefined())
  }
})

it.each(markdownIn(root))('no link of %s is dead', (document) =>
  expect(deadLinks(root, document)).toEqual([]),
)

it('the charts are those of benchmarks/RESULTS.md', () => {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/charts.mjs', '--check'], {
    cwd: root,
    encoding: 'utf8',
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
})

describe('the decisions', () => {
  const folder = join(root, 'docs/adr')
  const read = (file: string) => readFileSync(join(folder, file), 'utf8')
  const files = readdirSync(folder).filter((file) => file !== 'README.md')

  it('are numbered without a gap, and the index has each under its title', () => {
    const pages = files.sort().map((file, index) => {
      const number = index + 1
      expect(file.startsWith(`${String(number).padStart(4, '0')}-`)).toBe(true)
      return read(file).replace(/^# (\d+)\. ([^\n]*).*$/s, `$1. [$2](${file})`)
    })
    expect(read('README.md').match(/^\d+\. .*$/gm)).toEqual(pages)
  })

  it.each(files)('%s has every part', (file) => {
    expect(read(file)).toMatch(
      /^# \d+\. .+\n\n- Date: \d{4}-\d\d\n- Status: .+\n\n## Context\n.+\n## Decision\n.+\n## Consequences\n/s,
    )
  })
})
