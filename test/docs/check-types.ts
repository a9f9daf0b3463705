import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import type { Block } from './blocks.js'

/** Where a block stands for the type checker; nothing is written there. */
const place = (root: string, block: Block) => join(root, 'docs/.virtual', block.document, block.file)

function compilerOptions(root: string): ts.CompilerOptions {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), (path) => ts.sys.readFile(path)) as {
    config: object
  }
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, root)
  const packages = readdirSync(join(root, 'packages')).map((name) => `./packages/${name}`)
  const folders = ['.', ...packages, './examples/web-app', './docs']
  // Types before the JavaScript that they describe.
  const modules = ['@types/*', '*'].flatMap((tail) =>
    folders.map((folder) => `${folder}/node_modules/${tail}`),
  )
  return {
    ...options,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    moduleDetection: ts.ModuleDetectionKind.Force,
    types: ['node', 'jest'],
    noUnusedLocals: false,
    incremental: false,
    // As NestJS wants them.
    experimentalDecorators: true,
    // A document may use what the workspace, some package of it, the example of a web app or the documents use.
    paths: { ...options.paths, '*': modules },
  }
}

/** The file system, with the blocks in it. */
function hostFor(options: ts.CompilerOptions, files: ReadonlyMap<string, string>): ts.CompilerHost {
  const disk = ts.createCompilerHost(options)
  const isFolder = (path: string) => [...files.keys()].some((file) => file.startsWith(`${path}/`))
  return {
    ...disk,
    fileExists: (path) => files.has(path) || disk.fileExists(path),
    readFile: (path) => files.get(path) ?? disk.readFile(path),
    directoryExists: (path) => isFolder(path) || ts.sys.directoryExists(path),
    getSourceFile: (path, version) => {
      const code = files.get(path)
      return code === undefined ? disk.getSourceFile(path, version) : ts.createSourceFile(path, code, version)
    },
  }
}

/** Type-checks all blocks in one go against the sources; one line of text for each error, by document. */
export function typeErrors(root: string, blocks: readonly Block[]): Map<string, string[]> {
  const options = compilerOptions(root)
  const files = new Map(blocks.map((block) => [place(root, block), block.code]))
  const program = ts.createProgram([...files.keys()], options, hostFor(options, files))
  const errors = new Map<string, string[]>()
  for (const block of blocks) {
    const source = program.getSourceFile(place(root, block))
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
    const lines = found.map(({ start = 0, messageText }) => {
      const line = block.line + (source?.getLineAndCharacterOfPosition(start).line ?? 0)
      return `${block.document}:${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
    })
    errors.set(block.document, [...(errors.get(block.document) ?? []), ...lines])
  }
  return errors
}
