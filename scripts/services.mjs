// The servers that the tests need. A service is `{ name, start }`; `start()` resolves with the environment
// variables that tell the tests where it listens (127.0.0.1, a free port), or throws with the way to install
// it. Whatever it starts through process.mjs ends with the test run.
import { installed } from './requirements.mjs'

const services = [
  // Its tests start servers of their own: alone, as replicas, as a cluster.
  { name: 'redis-server', start: () => installed('redis-server', 'redis-server', 'brew install redis') },
  // Its tests start servers of their own, and kill them.
  { name: 'beanstalkd', start: () => installed('beanstalkd', 'beanstalkd', 'brew install beanstalkd', '-v') },
  // No server, but what a test of the example's pages needs.
  { name: 'chromium', start: () => installed('chromium', 'chromium', 'brew install --cask chromium') },
  // Some tests set the clocks of the processes that they start.
  { name: 'faketime', start: () => installed('faketime', 'faketime', 'brew install libfaketime') },
]

/** Starts every service and resolves with the environment for the tests, and with what could not be started. */
export async function startServices() {
  const started = []
  // One after the other: apt-get cannot run twice at once.
  for (const service of services) started.push(...(await Promise.allSettled([service.start()])))
  const env = Object.assign({}, ...started.map((result) => result.value ?? {}))
  const problems = started.flatMap((result, index) =>
    result.status === 'rejected' ? [`${services[index].name}: ${result.reason.message}`] : [],
  )
  return { env, problems }
}
