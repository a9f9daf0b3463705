import { registerBackend } from '@alligator/core'
import { BeanstalkClient } from './client.js'

registerBackend('beanstalk', BeanstalkClient)

export { BeanstalkClient } from './client.js'
export type { BeanstalkClientOptions } from './settings.js'
