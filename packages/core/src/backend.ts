// What the author of a backend needs, and no app does.
export { LeasingClient } from './backend/leasing-client.js'
