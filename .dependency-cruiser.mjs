// Which way imports may run, types included. `npm run layers` checks it.

/** The folders of packages/core/src, lowest first: a file imports from its own folder and from those before it. */
const CORE_LAYERS = [
  'errors',
  'base',
  'arguments',
  'function-ref',
  'wire',
  'task',
  'backend',
  'locmem',
  'middleware',
  'events',
  'execution',
  'results',
  'schedule',
  'gator',
  'worker',
  'inspect',
  'testing',
]

const core = 'packages/core/src'

function upwards(layer, index) {
  const above = CORE_LAYERS.slice(index + 1).join('|')
  return {
    name: `${layer}-imports-upwards`,
    comment: `core/src/${layer} lies below the folder that it imports from. Move the code down, or pass it in.`,
    severity: 'error',
    from: { path: `^${core}/${layer}/` },
    to: { path: `^${core}/(${above})/` },
  }
}

export default {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'Two files that need each other, if only for a type, cannot be understood apart.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...CORE_LAYERS.slice(0, -1).map(upwards),
    {
      name: 'unknown-core-layer',
      comment: 'Each folder of core/src has its place in the list of layers in this file.',
      severity: 'error',
      from: {},
      to: { path: `^${core}/[^/]+/`, pathNot: `^${core}/(${CORE_LAYERS.join('|')})/` },
    },
    {
      name: 'no-entry-from-inside',
      comment: 'What a package exports is put together at its entry; its own files import each other.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/src/' },
      to: { path: '^packages/$1/src/(index|testing|backend|inspect)\\.ts$' },
    },
    {
      name: 'core-knows-no-package',
      comment: 'Core imports no backend and no driver.',
      severity: 'error',
      from: { path: `^${core}/` },
      to: { path: '^packages/(?!core/)' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules|/dist/' },
    exclude: { path: 'node_modules|/dist/|/test/' },
  },
}
