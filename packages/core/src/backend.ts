// What the author of a backend needs, and no app does.
export { checkPayload } from './backend/kit/check-payload.js'
export { checkText } from './backend/kit/check-text.js'
export { type Insistence, insist, insistAfter } from './backend/kit/insist.js'
export { Lifecycle } from './backend/kit/lifecycle.js'
export { loadDriver } from './backend/kit/load-driver.js'
export { News } from './backend/kit/news.js'
export { LeasingClient } from './backend/leasing-client.js'
export { readWorkerInfo } from './backend/worker-info.js'
