// A plugin of typedoc: modules have the names by which they are imported, and say in one line what they are for.
import { readFileSync } from 'node:fs'
import { Comment, Converter } from 'typedoc'

/** Of `core/src/inspect` and the like. */
const SUBPATHS = {
  backend: 'What a backend is made of: the contract of a store, its facets, and a kit.',
  inspect: 'How to look into a store: tasks, queues, workers, and work on many tasks at once.',
  testing: 'A gator for tests, and a clock that is moved by hand.',
}

function describe(module) {
  const [folder, , subpath] = module.name.split('/')
  const manifest = JSON.parse(
    readFileSync(new URL(`../packages/${folder}/package.json`, import.meta.url), 'utf8'),
  )
  module.name = subpath ? `${manifest.name}/${subpath}` : manifest.name
  module.comment ??= new Comment([{ kind: 'text', text: SUBPATHS[subpath] ?? `${manifest.description}.` }])
}

export function load({ converter }) {
  converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => project.children.forEach(describe))
}
