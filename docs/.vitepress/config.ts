import { readdirSync, readFileSync } from 'node:fs'
import { type DefaultTheme, defineConfig } from 'vitepress'

const DOCS = new URL('../', import.meta.url)

/** What a page is called: the title that it begins with. */
function titleOf(link: string): string {
  const [title = ''] = readFileSync(new URL(`${link}.md`, DOCS), 'utf8').split('\n', 1)
  return title.replace(/^# /, '').replaceAll('`', '')
}

/** A page, and below it those that tell more of its subject. */
const page = (link: string, ...items: DefaultTheme.SidebarItem[]): DefaultTheme.SidebarItem => ({
  text: titleOf(link),
  link: `/${link}`,
  ...(items.length > 0 && { items, collapsed: true }),
})

/** Every decision, by its number. */
const decisions = (): DefaultTheme.SidebarItem[] =>
  readdirSync(new URL('adr/', DOCS))
    .filter((file) => /^\d/.test(file))
    .sort()
    .map((file) => page(`adr/${file.replace(/\.md$/, '')}`))

/** A module of the reference, which is made from the sources. */
const api = (name: string): DefaultTheme.SidebarItem => ({ text: name, link: `/api/${name}/` })

export default defineConfig({
  title: 'Alligator',
  description:
    'Background jobs for Node.js and TypeScript: a task queue in which any exported function is a job',
  lang: 'en',
  srcExclude: ['README.md'],
  // As GitHub shows them, so that links work in both places.
  cleanUrls: true,
  // The index of the search holds the text of every page, and is fetched only by who searches.
  vite: { build: { chunkSizeWarningLimit: 4000 } },
  head: [
    ['link', { rel: 'icon', type: 'image/svg+xml', href: '/logo.svg' }],
    // What a terminal shows has a hundred columns.
    ['style', {}, '.vp-doc .language-text code { font-size: 11px }'],
  ],
  themeConfig: {
    logo: '/logo.svg',
    search: { provider: 'local' },
    outline: [2, 3],
    nav: [
      { text: 'Guide', link: '/why' },
      { text: 'Command line', link: '/command-line' },
      { text: 'API', link: '/api/' },
      { text: 'Errors', link: '/errors' },
    ],
    sidebar: [
      {
        text: 'Begin',
        items: [
          page('why'),
          page('first-task'),
          page('installing'),
          page('tutorial'),
          page('frameworks'),
          page('examples'),
          page('testing'),
          page('best-practices'),
          page('coming-from'),
          page('limits'),
        ],
      },
      {
        text: 'Go further',
        items: [
          page('going-further'),
          page('once-first-and-not-now'),
          page('schedules', page('schedule-reference')),
          page('waiting-for-an-answer'),
          page('steps'),
          page('many-tasks-one-end', page('dependencies')),
          page('middleware', page('diagnostics-channels')),
          page('arguments'),
          page('function-references', page('function-rules'), page('bundles'), page('environments')),
          page('extending'),
        ],
      },
      {
        text: 'Stores',
        items: [
          page('guarantees', page('what-survives'), page('measured-faults')),
          page('memory'),
          page('sqlite', page('sqlite-reference')),
          page('postgres', page('postgres-reference')),
          page('redis', page('redis-reference')),
          page('beanstalk', page('beanstalk-reference')),
          page('sqs', page('sqs-reference')),
        ],
      },
      {
        text: 'In production',
        items: [
          page(
            'workers',
            page('worker-options'),
            page('computing'),
            page('stopping-tasks'),
            page('worker-faults'),
            page('worker-status'),
            page('worker-events'),
          ),
          page('deploying'),
          page('operating', page('operating-reference')),
          page('dashboard'),
          page('telemetry', page('telemetry-reference'), page('logs')),
          page('security', page('signing'), page('hostile-stores')),
          page('performance', page('scale'), page('benchmarks'), page('measured-speed')),
        ],
      },
      {
        text: 'Reference',
        items: [
          page('command-line'),
          page('errors'),
          page('glossary'),
          page('versions'),
          {
            text: 'API',
            link: '/api/',
            collapsed: true,
            items: [
              api('@alligator/core'),
              api('@alligator/core/backend'),
              api('@alligator/core/inspect'),
              api('@alligator/core/testing'),
              api('@alligator/sqlite'),
              api('@alligator/postgres'),
              api('@alligator/redis'),
              api('@alligator/beanstalk'),
              api('@alligator/sqs'),
              api('@alligator/dashboard'),
              api('@alligator/opentelemetry'),
              api('@alligator/prometheus'),
              api('@alligator/conformance'),
            ],
          },
          page('internals'),
          { text: 'Decisions', link: '/adr/README', collapsed: true, items: decisions() },
        ],
      },
    ],
  },
})
