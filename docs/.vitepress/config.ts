import { readdirSync, readFileSync } from 'node:fs'
import { type DefaultTheme, defineConfig } from 'vitepress'

const DOCS = new URL('../', import.meta.url)

/** What a page is called: the title that it begins with. */
function titleOf(link: string): string {
  const [title = ''] = readFileSync(new URL(`${link}.md`, DOCS), 'utf8').split('\n', 1)
  return title.replace(/^# /, '').replaceAll('`', '')
}

const page = (link: string): DefaultTheme.SidebarItem => ({ text: titleOf(link), link: `/${link}` })

const tree = (text: string, ...items: DefaultTheme.SidebarItem[]): DefaultTheme.SidebarItem => ({
  text,
  collapsed: true,
  items,
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
  description: 'Simple offline task queues for TypeScript',
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
          page('schedules'),
          page('waiting-for-an-answer'),
          page('steps'),
          page('many-tasks-one-end'),
          page('middleware'),
          page('arguments'),
          page('function-references'),
          page('extending'),
        ],
      },
      {
        text: 'Stores',
        items: [
          page('guarantees'),
          page('memory'),
          page('sqlite'),
          page('postgres'),
          page('redis'),
          page('beanstalk'),
          page('sqs'),
        ],
      },
      {
        text: 'In production',
        items: [
          page('workers'),
          page('deploying'),
          page('operating'),
          page('dashboard'),
          page('telemetry'),
          page('security'),
          page('performance'),
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
            ...tree(
              'API',
              api('@alligator/core'),
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
            ),
            link: '/api/',
          },
          page('internals'),
          { ...tree('Decisions', ...decisions()), link: '/adr/README' },
        ],
      },
    ],
  },
})
