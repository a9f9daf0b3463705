// What the author of a backend needs, and no app does.
export { LeaseKeeper } from './execution/lease-keeper.js'
export { LeasingClient } from './backend/leasing-client.js'
