import { readdirSync, readFileSync } from 'node:fs'
import { type DefaultTheme, defineConfig } from 'vitepress'

const page = (text: string, link: string): DefaultTheme.SidebarItem => ({ text, link: `/${link}` })

const ADR = new URL('../adr/', import.meta.url)

/** Every decision, by number, under the title that its page begins with. */
const decisions = (): DefaultTheme.SidebarItem[] =>
  readdirSync(ADR)
    .filter((file) => /^\d/.test(file))
    .sort()
    .map((file) => {
      const [title = ''] = readFileSync(new URL(file, ADR), 'utf8').split('\n', 1)
      return page(title.replace(/^# /, '').replaceAll('`', ''), `adr/${file.replace(/\.md$/, '')}`)
    })

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
    nav: [page('Guide', 'why'), page('API', 'api/'), page('Errors', 'errors')] as DefaultTheme.NavItem[],
    sidebar: [
      {
        text: 'Begin',
        items: [
          page('Why, and when', 'why'),
          page('Your first task', 'first-task'),
          page('Installing', 'installing'),
          page('Tutorial', 'tutorial'),
          page('Best practices', 'best-practices'),
          page('Testing', 'testing'),
          page('Coming from another queue', 'coming-from'),
        ],
      },
      {
        text: 'Go further',
        items: [
          page('Hooks, classes, queues', 'going-further'),
          page('Once, first, and not now', 'once-first-and-not-now'),
          page('Waiting for an answer', 'waiting-for-an-answer'),
          page('Steps that are not repeated', 'steps'),
          page('Many tasks, one end', 'many-tasks-one-end'),
          page('Around every task', 'middleware'),
          page('Schedules', 'schedules'),
          page('Arguments', 'arguments'),
          page('Function references', 'function-references'),
          page('A backend of your own', 'extending'),
        ],
      },
      {
        text: 'Backends',
        items: [
          page('Guarantees', 'guarantees'),
          page('What each backend survives', 'what-survives'),
          page('Memory', 'memory'),
          page('SQLite', 'sqlite'),
          page('PostgreSQL', 'postgres'),
          page('Redis', 'redis'),
          page('beanstalkd', 'beanstalk'),
          page('Amazon SQS', 'sqs'),
        ],
      },
      {
        text: 'In production',
        items: [
          page('Workers', 'workers'),
          page('Functions that compute', 'computing'),
          page('Timeouts, retries, cancels', 'stopping-tasks'),
          page('When a worker must stop or wait', 'worker-faults'),
          page('Deploying', 'deploying'),
          page('Operating', 'operating'),
          page('Dashboard', 'dashboard'),
          page('Traces and metrics', 'telemetry'),
          page('Logs and error trackers', 'logs'),
          page('Security', 'security'),
          page('Signing and encryption', 'signing'),
          page('Performance', 'performance'),
        ],
      },
      {
        text: 'Reference',
        items: [
          page('Errors', 'errors'),
          page('Versions', 'versions'),
          page('Worker options', 'worker-options'),
          page('Events of a worker', 'worker-events'),
          page('Worker status and throughput', 'worker-status'),
          page('Dependencies', 'dependencies'),
          page('Schedules: reference', 'schedule-reference'),
          page('Rules of function references', 'function-rules'),
          page('Bundles', 'bundles'),
          page('Environments', 'environments'),
          page('Diagnostics channels', 'diagnostics-channels'),
          page('Operating: reference', 'operating-reference'),
          page('Traces and metrics: reference', 'telemetry-reference'),
          page('SQLite: reference', 'sqlite-reference'),
          page('PostgreSQL: reference', 'postgres-reference'),
          page('Redis: reference', 'redis-reference'),
          page('beanstalkd: reference', 'beanstalk-reference'),
          page('SQS: reference', 'sqs-reference'),
          page('A store that lies', 'hostile-stores'),
          page('Faults, measured', 'measured-faults'),
          page('How speed is measured', 'measured-speed'),
          {
            text: 'API',
            link: '/api/',
            collapsed: true,
            items: [
              page('core', 'api/core/src/'),
              page('core/inspect', 'api/core/src/inspect/'),
              page('core/testing', 'api/core/src/testing/'),
              page('sqlite', 'api/sqlite/src/'),
              page('redis', 'api/redis/src/'),
              page('beanstalk', 'api/beanstalk/src/'),
              page('sqs', 'api/sqs/src/'),
              page('opentelemetry', 'api/opentelemetry/src/'),
              page('prometheus', 'api/prometheus/src/'),
              page('conformance', 'api/conformance/src/'),
            ],
          },
          page('Internals', 'internals'),
          { text: 'Decisions', link: '/adr/README', collapsed: true, items: decisions() },
        ],
      },
    ],
  },
})
